package org.kubenode.progress.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP relay on a free port of the loopback, to break a link on purpose: {@link #cut}, {@link
 * #refuse}, {@link #blackHole}, {@link #delay}; {@link #heal} undoes the last three.
 */
public final class Relay implements AutoCloseable {

    private enum Mode {
        FORWARD,
        BLACK_HOLE,
        REFUSE
    }

    private volatile InetSocketAddress target;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile Mode mode = Mode.FORWARD;
    private volatile Duration delay = Duration.ZERO;

    private Relay(InetSocketAddress target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("relay-accept", this::accept);
    }

    /** A relay to {@code host:port}, which may be down. */
    public static Relay to(String host, int port) throws IOException {
        return new Relay(new InetSocketAddress(host, port));
    }

    public int port() {
        return server.getLocalPort();
    }

    /** New connections go to another port; those there are stay. */
    public void redirect(int port) {
        target = new InetSocketAddress(target.getHostString(), port);
    }

    /** Ends the connections there are; new ones pass. */
    public void cut() {
        sockets.forEach(Relay::closeQuietly);
    }

    /** Ends the connections there are, and each new one at once. */
    public void refuse() {
        mode = Mode.REFUSE;
        cut();
    }

    /** Connections stand and new ones are accepted, but no byte moves in either direction. */
    public void blackHole() {
        mode = Mode.BLACK_HOLE;
    }

    /** Every packet waits this long, in each direction. */
    public void delay(Duration perPacket) {
        delay = perPacket;
    }

    /** Everything passes again, what a black hole held back included. */
    public void heal() {
        mode = Mode.FORWARD;
        delay = Duration.ZERO;
    }

    /** Connections through the relay now. */
    public int connections() {
        return sockets.size() / 2;
    }

    @Override
    public void close() throws IOException {
        server.close();
        refuse();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (mode == Mode.REFUSE) {
                    client.close();
                } else {
                    start("relay-connect", () -> connect(client));
                }
            } catch (IOException closed) {
                // The loop's condition decides.
            }
        }
    }

    private void connect(Socket client) {
        Socket upstream = new Socket();
        try {
            upstream.connect(target);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            sockets.add(client);
            sockets.add(upstream);
            start("relay-up", () -> pump(client, upstream));
            start("relay-down", () -> pump(upstream, client));
        } catch (IOException unreachable) {
            end(client, upstream);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[65_536];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                LockSupport.parkNanos(delay.toNanos());
                while (mode == Mode.BLACK_HOLE) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException broken) {
            // The other end hears of it below.
        } finally {
            // A real black hole does not tell of an end either.
            while (mode == Mode.BLACK_HOLE) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
            end(from, to);
        }
    }

    private void end(Socket one, Socket other) {
        closeQuietly(one);
        closeQuietly(other);
        sockets.remove(one);
        sockets.remove(other);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyClosed) {
            // Nothing is left to close.
        }
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
