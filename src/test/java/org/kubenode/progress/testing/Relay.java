package org.kubenode.progress.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP relay on a free port of the loopback, to break a link on purpose: {@link #cut}, {@link
 * #refuse}, {@link #blackHole}, {@link #delay}, {@link #cutIdle}; {@link #heal} undoes all but the
 * first.
 */
public final class Relay implements AutoCloseable {

    /** Seen from who connects to the relay. */
    public enum Direction {
        UP,
        DOWN
    }

    /**
     * What a narrow relay holds itself, in bytes: a segment of the loopback. With a receive buffer
     * below it Linux now and then sends 2 KB every 0.2 s, for seconds.
     */
    private static final int NARROW = 65_536;

    private volatile InetSocketAddress target;
    private final ServerSocket server;
    private final boolean narrow;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Set<Direction> held = ConcurrentHashMap.newKeySet();
    private volatile boolean refusing;
    private volatile Duration delay = Duration.ZERO;
    private volatile Duration idle = Duration.ZERO;

    private Relay(InetSocketAddress target, boolean narrow) throws IOException {
        this.target = target;
        this.narrow = narrow;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("relay-accept", this::accept);
    }

    /** A relay to {@code host:port}, which may be down. */
    public static Relay to(String host, int port) throws IOException {
        return new Relay(new InetSocketAddress(host, port), false);
    }

    /** A relay that holds little itself: what it does not pass on is soon felt by the server. */
    public static Relay narrow(String host, int port) throws IOException {
        return new Relay(new InetSocketAddress(host, port), true);
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
        refusing = true;
        cut();
    }

    /** Connections stand and new ones are accepted, but no byte moves in either direction. */
    public void blackHole() {
        held.addAll(Set.of(Direction.values()));
    }

    /** The same in one direction only. */
    public void blackHole(Direction direction) {
        held.add(direction);
    }

    /** Every packet waits this long, in each direction. */
    public void delay(Duration perPacket) {
        delay = perPacket;
    }

    /** New connections end when nothing moves for so long, as at many a balancer. */
    public void cutIdle(Duration after) {
        idle = after;
    }

    /** Everything passes again, what a black hole held back included. */
    public void heal() {
        refusing = false;
        held.clear();
        delay = Duration.ZERO;
        idle = Duration.ZERO;
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
                if (refusing) {
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
            if (narrow) {
                upstream.setReceiveBufferSize(NARROW);
                client.setSendBufferSize(NARROW);
            }
            upstream.connect(target);
            Duration patience = idle;
            for (Socket socket : List.of(client, upstream)) {
                socket.setSoTimeout((int) patience.toMillis() / 10);
            }
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            sockets.add(client);
            sockets.add(upstream);
            AtomicLong moved = new AtomicLong(System.nanoTime());
            start("relay-up", () -> pump(client, upstream, Direction.UP, moved, patience));
            start("relay-down", () -> pump(upstream, client, Direction.DOWN, moved, patience));
        } catch (IOException unreachable) {
            end(client, upstream);
        }
    }

    private void pump(
            Socket from, Socket to, Direction direction, AtomicLong moved, Duration patience) {
        byte[] buffer = new byte[65_536];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = read(in, buffer, moved, patience);
                    n >= 0;
                    n = read(in, buffer, moved, patience)) {
                LockSupport.parkNanos(delay.toNanos());
                whileHeld(direction);
                out.write(buffer, 0, n);
            }
        } catch (IOException broken) {
            // The other end hears of it below.
        } finally {
            // A real black hole does not tell of an end either.
            whileHeld(direction);
            end(from, to);
        }
    }

    private static int read(InputStream in, byte[] buffer, AtomicLong moved, Duration patience)
            throws IOException {
        while (true) {
            try {
                int n = in.read(buffer);
                moved.set(System.nanoTime());
                return n;
            } catch (SocketTimeoutException silence) {
                if (System.nanoTime() - moved.get() >= patience.toNanos()) {
                    throw silence;
                }
            }
        }
    }

    private void whileHeld(Direction direction) {
        while (held.contains(direction)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
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
