package org.kubenode.progress.hostile;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.kubenode.progress.testing.ApiClient;
import org.kubenode.progress.testing.ReplicaProcess;
import org.kubenode.progress.testing.Tokens;
import org.kubenode.progress.websocket.RawSocket;

/** The replica that is attacked, for one round. */
final class Target {

    static final String BATCH = "/api/v1/nodes/batch/cordon";
    static final String SOCKET = "/api/v1/progress/ws";

    /** The attacker's token; it owns {@link #large}. */
    static final String TOKEN = Tokens.user("mallory");

    private final ReplicaProcess replica;
    private final List<String> large;
    private volatile boolean over;

    /**
     * @param large ids of finished tasks of thousands of nodes
     */
    Target(ReplicaProcess replica, List<String> large) {
        this.replica = replica;
        this.large = large;
    }

    List<String> large() {
        return large;
    }

    boolean over() {
        return over;
    }

    void end() {
        over = true;
    }

    ApiClient api() {
        return replica.api(TOKEN);
    }

    String askPolitely(int client) {
        pause(250);
        return "" + replica.api(Tokens.user("polite" + client)).get("/api/v1/tasks").status();
    }

    /** Waits so many milliseconds, or until the round is over. */
    void pause(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!over && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(Math.min(millis, 50)));
        }
    }

    /** An attacker's socket. */
    RawSocket socket(String query, String... headers) throws IOException {
        String[] all =
                headers.length > 0 ? headers : new String[] {"Authorization", "Bearer " + TOKEN};
        return RawSocket.webSocket(replica.port(), SOCKET + query, 0, all);
    }

    /** A connection with these first bytes; of an answer it takes little before it is read. */
    Socket connection(String text) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.connect(new InetSocketAddress("127.0.0.1", replica.port()), 10_000);
        socket.setSoTimeout(1);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    static String head(String method, String path, String... headers) {
        return method
                + " "
                + path
                + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + TOKEN
                + "\r\n"
                + String.join("\r\n", headers)
                + (headers.length == 0 ? "\r\n" : "\r\n\r\n");
    }

    /**
     * Holds connections until the server has ended all of them or the round is over.
     *
     * @param first what is sent on each
     * @param drip what is sent on each every half second, or empty
     * @param blind milliseconds in which nothing is read
     * @return what the last was told that was told something; "closed" when none was
     */
    String hold(int count, Supplier<String> first, String drip, long blind) throws IOException {
        List<Socket> held = new ArrayList<>();
        String told = "closed";
        try {
            for (int i = 0; i < count && !over; i++) {
                held.add(connection(first.get()));
            }
            pause(blind);
            while (!over && !held.isEmpty()) {
                pause(500);
                for (Socket socket : List.copyOf(held)) {
                    String answer = answer(socket, drip);
                    if (answer != null) {
                        told = answer.isEmpty() ? told : answer;
                        held.remove(socket);
                        socket.close();
                    }
                }
            }
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
        return held.isEmpty() || !told.equals("closed") ? told : "";
    }

    /** What it was told, empty when it was closed without a word, null when neither. */
    private static String answer(Socket socket, String drip) {
        byte[] answer = new byte[400];
        try {
            int length = socket.getInputStream().read(answer);
            return new String(answer, 0, Math.max(0, length), StandardCharsets.ISO_8859_1);
        } catch (SocketTimeoutException e) {
            return dripped(socket, drip) ? null : "";
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean dripped(Socket socket, String drip) {
        try {
            socket.getOutputStream().write(drip.getBytes(StandardCharsets.ISO_8859_1));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
