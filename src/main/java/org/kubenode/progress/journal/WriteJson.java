package org.kubenode.progress.journal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Function;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.WireCodec;

/** The one parameter of {@code write-progress}: tasks, each with its rows. */
final class WriteJson {

    private final JsonFactory factory = new JsonFactory();

    String write(List<Lane> lanes, Function<Lane, String> notification) {
        StringWriter text = new StringWriter(1024);
        try (JsonGenerator out = factory.createGenerator(text)) {
            out.writeStartArray();
            for (Lane lane : lanes) {
                writeTask(out, lane, notification.apply(lane));
            }
            out.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to a string", e);
        }
        return text.toString();
    }

    private static void writeTask(JsonGenerator out, Lane lane, String notification)
            throws IOException {
        Frame last = lane.last().frame();
        out.writeStartObject();
        out.writeStringField("task_id", last.taskId());
        out.writeNumberField("epoch", last.epoch());
        out.writeNumberField("first_seq", lane.firstSeq());
        out.writeNumberField("last_seq", last.seq());
        out.writeNumberField("current", last.current());
        out.writeNumberField("success_count", last.successCount());
        out.writeNumberField("failed_count", last.failedCount());
        if (lane.last().result() instanceof TaskEnd end) {
            out.writeStringField("status", end.status().wireName());
            out.writeStringField("completed_at", WireCodec.timestamp(last.timestamp()));
        }
        out.writeStringField("updated_at", WireCodec.timestamp(last.timestamp()));
        out.writeStringField("notification", notification);
        out.writeArrayFieldStart("messages");
        for (Lane.Entry entry : lane.sent) {
            writeMessage(out, entry);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void writeMessage(JsonGenerator out, Lane.Entry entry) throws IOException {
        Frame frame = entry.frame();
        out.writeStartObject();
        out.writeNumberField("seq", frame.seq());
        out.writeStringField("type", frame.type().wireName());
        out.writeNumberField("current", frame.current());
        out.writeNumberField("success_count", frame.successCount());
        out.writeNumberField("failed_count", frame.failedCount());
        out.writeStringField("current_node", frame.currentNode());
        out.writeStringField("node_status", frame.nodeStatus());
        out.writeStringField("node_error", frame.nodeError());
        NodeResult node = entry.result() instanceof NodeResult of ? of : null;
        out.writeBooleanField("node_final", node != null && node.counted());
        if (node != null && node.startedAt() != null) {
            out.writeStringField("started_at", WireCodec.timestamp(node.startedAt()));
            out.writeNumberField("attempts", node.attempts());
        }
        if (node != null && node.step() != null) {
            out.writeStringField("step", node.step());
        }
        if (node != null && node.change() != null) {
            out.writeFieldName("change");
            out.writeRawValue(node.change());
        }
        out.writeStringField("message", frame.message());
        out.writeStringField("error", frame.error());
        out.writeStringField("created_at", WireCodec.timestamp(frame.timestamp()));
        out.writeEndObject();
    }
}
