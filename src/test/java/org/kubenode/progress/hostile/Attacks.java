package org.kubenode.progress.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.websocket.RawSocket;

/** The attacks, in the order of the table. */
final class Attacks {

    private Attacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "bodies of a byte at a time",
                        4,
                        (at, client) ->
                                at.hold(
                                        40,
                                        () ->
                                                Target.head(
                                                        "POST",
                                                        Target.BATCH,
                                                        "Content-Length: 999"),
                                        " ",
                                        0),
                        "^HTTP/1.1 (408|429)"),
                new Attack(
                        "heads of a byte at a time",
                        4,
                        (at, client) ->
                                at.hold(60, () -> "GET / HTTP/1.1\r\nHost: x\r\nX: ", "x", 0),
                        "closed"),
                new Attack(
                        "answers that nobody reads",
                        4,
                        (at, client) -> at.hold(45, () -> messages(at), "", 12_000),
                        "^HTTP/1.1 (503|429)"),
                new Attack(
                        "connections that say nothing",
                        4,
                        (at, client) -> at.hold(500, () -> "", "", 0),
                        "closed"),
                new Attack("sockets opened and closed", 4, Attacks::connect, "HTTP/1.1 429"),
                new Attack("sockets with a wrong token", 4, Attacks::refused, "HTTP/1.1 429|4401"),
                new Attack("snapshots again and again", 4, Attacks::snapshots, "1013 resume|429"),
                new Attack("ids that are none, or unknown", 4, Attacks::unknown, "unknown task"),
                new Attack(
                        "messages without a pause",
                        4,
                        (at, client) -> flood(at, "{\"type\":\"ack\",\"task_id\":\"x\",\"seq\":1}"),
                        "1008 more than 100"),
                new Attack(
                        "frames that are too large",
                        4,
                        (at, client) -> flood(at, "\"" + "x".repeat(60_000) + "\""),
                        "1009"),
                new Attack("bodies that are too large", 4, Attacks::oversized, "413"),
                new Attack(
                        "requests, all at once",
                        4,
                        (at, client) ->
                                at.hold(
                                        100,
                                        () ->
                                                Target.head(
                                                        "GET",
                                                        "/api/v1/tasks?q=x&limit=200",
                                                        "Connection: close"),
                                        "",
                                        0),
                        "^HTTP/1.1 429"),
                new Attack("batches without an end", 4, Attacks::batches, "^429"),
                new Attack(
                        "an API server without an end",
                        4,
                        (at, client) ->
                                "" + at.api().get("/api/v1/clusters/endless/nodes").status(),
                        "50[234]"));
    }

    private static String messages(Target at) {
        return Target.head(
                "GET",
                "/api/v1/tasks/" + at.large().get(0) + "/messages?limit=1000",
                "Connection: close");
    }

    private static String connect(Target at, int client) throws IOException {
        at.pause(5);
        try (RawSocket socket = at.socket("")) {
            return socket.answer;
        }
    }

    private static String refused(Target at, int client) throws IOException {
        at.pause(5);
        try (RawSocket socket =
                at.socket("", "Sec-WebSocket-Protocol", "progress.v1, bearer.rubbish")) {
            return socket.answer.startsWith("HTTP/1.1 101") ? socket.readClose() : socket.answer;
        }
    }

    private static String snapshots(Target at, int client) throws IOException {
        at.pause(20);
        String named =
                at.large().stream()
                        .map(task -> '"' + task + "\":0")
                        .collect(Collectors.joining(","));
        String resume = "{\"type\":\"resume\",\"tasks\":{" + named + "}}";
        try (RawSocket socket = at.socket("")) {
            if (!socket.answer.startsWith("HTTP/1.1 101")) {
                return socket.answer;
            }
            for (int i = 0; i < 20 && !at.over(); i++) {
                socket.send(RawSocket.TEXT, resume.getBytes(UTF_8));
                for (int frames = 0; frames < at.large().size(); frames++) {
                    RawSocket.Frame frame = socket.read();
                    if (frame == null || frame.opcode() == RawSocket.CLOSE) {
                        return frame == null ? "" : frame.close();
                    }
                }
            }
        }
        return "";
    }

    private static String unknown(Target at, int client) throws IOException {
        at.pause(50);
        try (RawSocket socket = at.socket("")) {
            if (!socket.answer.startsWith("HTTP/1.1 101")) {
                at.pause(1_000);
                return socket.answer;
            }
            for (int i = 0; i < 20 && !at.over(); i++) {
                String named =
                        IntStream.range(0, 80)
                                .mapToObj(n -> '"' + UUID.randomUUID().toString() + "\":1")
                                .collect(Collectors.joining(","));
                socket.send(
                        RawSocket.TEXT,
                        ("{\"type\":\"resume\",\"tasks\":{\"no id\":1," + named + "}}")
                                .getBytes(UTF_8));
            }
            for (RawSocket.Frame frame = socket.read();
                    frame != null && !at.over();
                    frame = socket.read()) {
                if (frame.text().contains("unknown task")) {
                    at.pause(200);
                    return frame.text();
                }
            }
        }
        return "";
    }

    /** Sends a text until the server has had enough. */
    private static String flood(Target at, String text) throws IOException {
        at.pause(50);
        try (RawSocket socket = at.socket("")) {
            if (!socket.answer.startsWith("HTTP/1.1 101")) {
                at.pause(1_000);
                return socket.answer;
            }
            byte[] payload = text.getBytes(UTF_8);
            try {
                for (int i = 0; i < 400; i++) {
                    socket.send(RawSocket.TEXT, payload);
                }
            } catch (IOException e) {
                // It closed.
            }
            return socket.readClose();
        }
    }

    /**
     * Its own bytes cost the machine that all share most: not more of them than a network brings.
     */
    private static String oversized(Target at, int client) {
        at.pause(20);
        return "" + at.api().post(Target.BATCH, "x".repeat(1_100_000)).status();
    }

    private static String batches(Target at, int client) {
        at.pause(20);
        ApiClient.Answer answer =
                at.api()
                        .post(
                                Target.BATCH,
                                ApiClient.batch("slow", ApiClient.nodes(50)).toString());
        return answer.status() + " " + answer.body();
    }
}
