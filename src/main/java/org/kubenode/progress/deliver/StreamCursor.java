package org.kubenode.progress.deliver;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.kubenode.progress.wire.TaskIds;

/**
 * Where a stream is in each of its tasks: the {@code id:} of its events, opaque to clients, which
 * they give back as {@code Last-Event-ID}. A browser keeps only the last one, so it must say it
 * all: the latest {@value #MAX_TASKS} tasks, 8 bytes and the task's id each. What falls out begins
 * with a snapshot again.
 */
final class StreamCursor {

    static final int MAX_TASKS = 64;

    private static final int VERSION = 1;
    private static final int MAX_TEXT = 8 * 1024;

    private final Map<String, Long> places =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                    return size() > MAX_TASKS;
                }
            };

    /** A message was written; the cursor after it. */
    synchronized String after(String taskId, long seq) {
        places.put(taskId, seq);
        int size = 1;
        for (String task : places.keySet()) {
            size += 9 + task.length();
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        bytes.put((byte) VERSION);
        places.forEach(
                (task, place) -> {
                    byte[] id = task.getBytes(StandardCharsets.US_ASCII);
                    bytes.put((byte) id.length).put(id).putLong(place);
                });
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** The places that a cursor says; none when it is not one of ours. */
    static Map<String, Long> read(Object cursor) {
        Map<String, Long> places = new LinkedHashMap<>();
        if (!(cursor instanceof String text) || text.length() > MAX_TEXT) {
            return places;
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            if (!bytes.hasRemaining() || bytes.get() != VERSION) {
                return places;
            }
            while (bytes.hasRemaining()) {
                byte[] id = new byte[Byte.toUnsignedInt(bytes.get())];
                bytes.get(id);
                places.put(new String(id, StandardCharsets.US_ASCII), bytes.getLong());
            }
            places.entrySet()
                    .removeIf(place -> place.getValue() < 0 || !TaskIds.isTaskId(place.getKey()));
            return places;
        } catch (IllegalArgumentException | java.nio.BufferUnderflowException e) {
            return new LinkedHashMap<>();
        }
    }

    /** Goes on from a cursor that a client gave back. */
    synchronized void goOnFrom(Map<String, Long> known) {
        places.putAll(known);
    }
}
