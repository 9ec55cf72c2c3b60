package org.kubenode.progress.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;

/**
 * Thousands of operators' sockets in one thread. Each keeps what the contract asks of a client: the
 * last durable seq of each task, the order that a connection promises ({@link #violations}), a
 * resume after a lost connection, and the waits of {@code progress-client.js} between attempts
 * (full jitter under 500 ms, doubled up to 30 s).
 *
 * <p>Frames are not parsed as JSON: a client of this size must cost less than the server.
 */
public final class SocketSwarm implements AutoCloseable {

    private static final byte[] SEQ = ascii("\"seq\":");
    private static final byte[] SKIPPED_FROM = ascii("\"skipped_from\":");
    private static final byte[] SNAPSHOT = ascii("\"snapshot\":true");
    private static final byte[] NOT_DURABLE = ascii("\"durable\":false");
    private static final byte[] CONNECTED = ascii("{\"type\":\"connected\"");
    private static final byte[] TASK_ID = ascii("{\"task_id\":\"");
    private static final byte[] COMPLETE = ascii("\"type\":\"complete\"");
    private static final byte[] END_OF_HEAD = ascii("\r\n\r\n");
    private static final int UUID_LENGTH = 36;

    /** So many handshakes may be under way at once. */
    private static final int HANDSHAKES = 128;

    private volatile int[] ports;
    private final Random random = new Random(11);
    private final Selector selector;
    private final Thread thread;
    private final ByteBuffer in = ByteBuffer.allocate(256 * 1024);
    private final List<Peer> peers = new ArrayList<>();
    private final ArrayDeque<Peer> toConnect = new ArrayDeque<>();
    private final PriorityQueue<Peer> waiting =
            new PriorityQueue<>(Comparator.comparingLong(peer -> peer.attemptAt));
    private final ConcurrentLinkedQueue<Runnable> asked = new ConcurrentLinkedQueue<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final List<String> closes = new CopyOnWriteArrayList<>();
    private final AtomicInteger greeted = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicLong frames = new AtomicLong();
    private final AtomicLong pings = new AtomicLong();
    private final AtomicInteger failures = new AtomicInteger();
    private int handshakes;
    private volatile boolean over;
    private volatile boolean reconnecting;
    private volatile long lastFrame;
    private volatile Measured measured;

    private record Measured(long seq, long since, Histogram nanos, CountDownLatch left) {}

    /**
     * @param ports of the replicas; each attempt takes one of them at random
     */
    public SocketSwarm(int... ports) throws IOException {
        this.ports = ports;
        this.selector = Selector.open();
        this.thread = new Thread(this::run, "socket-swarm");
        thread.setDaemon(true);
        thread.start();
    }

    /** One operator's socket; its fields belong to the swarm's thread. */
    public final class Peer {
        private final String token;
        private final String query;
        private final int receiveBuffer;
        private final Map<String, Long> tasks = new ConcurrentHashMap<>(2);
        private Map<String, Long> expected;
        private SocketChannel channel;
        private SelectionKey key;
        private byte[] rest;
        private boolean upgraded;
        private boolean open;
        private int attempt;
        private long attemptAt;
        private boolean gone;
        private volatile int skips;

        private Peer(String token, String query, int receiveBuffer) {
            this.token = token;
            this.query = query;
            this.receiveBuffer = receiveBuffer;
        }

        /** The last seq that it has of each of its tasks. */
        public Set<Long> seqs() {
            return Set.copyOf(tasks.values());
        }

        /** How many frames named skipped ones before them. */
        public int skips() {
            return skips;
        }

        /** Stops reading, as a page whose machine hangs. */
        public void stall() {
            ask(() -> key.interestOps(0));
        }

        /** Reads again. */
        public void readAgain() {
            ask(() -> key.interestOps(SelectionKey.OP_READ));
        }

        /** Leaves for good, without a word. */
        public void leave() {
            ask(
                    () -> {
                        gone = true;
                        lost(this, "left", false);
                    });
        }
    }

    /**
     * Opens sockets and waits until the server has greeted each.
     *
     * @param token that of the n-th, counted from 0
     * @param query such as {@code conflate=0}, or empty
     * @param receiveBuffer bytes; 0 for the system's choice
     */
    public List<Peer> open(
            int count,
            IntFunction<String> token,
            String query,
            int receiveBuffer,
            Duration atMost) {
        List<Peer> more = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            more.add(new Peer(token.apply(i), query, receiveBuffer));
        }
        int wanted = greeted.get() + count;
        ask(
                () -> {
                    peers.addAll(more);
                    toConnect.addAll(more);
                });
        awaitGreeted(wanted, atMost);
        return more;
    }

    /** Waits until so many sockets are open and greeted. */
    public void awaitGreeted(int wanted, Duration atMost) {
        Awaitility.await("sockets, last closes " + lastCloses())
                .atMost(atMost)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> greeted.get() >= wanted);
    }

    private List<String> lastCloses() {
        return closes.subList(Math.max(0, closes.size() - 3), closes.size());
    }

    /**
     * From now on a lost connection is made again, as a load balancer would lead it.
     *
     * @param alive the ports of the replicas that it may be led to
     */
    public void reconnectWhenLost(int... alive) {
        ports = alive;
        reconnecting = true;
    }

    /**
     * The next frames of this seq are timed, on so many sockets.
     *
     * @param since {@link System#nanoTime} from which
     */
    public void measure(long seq, int sockets, Histogram into, long since) {
        measured = new Measured(seq, since, into, new CountDownLatch(sockets));
    }

    /** Waits for what {@link #measure} announced; false when it did not come in time. */
    public boolean awaitMeasured(Duration atMost) throws InterruptedException {
        boolean all = measured.left.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
        measured = null;
        return all;
    }

    public int greeted() {
        return greeted.get();
    }

    /** Tasks' ends seen, over all sockets. */
    public int ended() {
        return ended.get();
    }

    /** Text frames so far. */
    public long frames() {
        return frames.get();
    }

    public long pings() {
        return pings.get();
    }

    /** Attempts to connect that failed. */
    public int failures() {
        return failures.get();
    }

    /** When the last text frame was here. */
    public long lastFrameNanos() {
        return lastFrame;
    }

    public List<String> violations() {
        return List.copyOf(violations);
    }

    /** Code and reason, or what happened, of every connection that was lost. */
    public List<String> closes() {
        return List.copyOf(closes);
    }

    private void ask(Runnable what) {
        asked.add(what);
        selector.wakeup();
    }

    // ---- the one thread

    private void run() {
        try {
            while (!over) {
                for (Runnable what = asked.poll(); what != null; what = asked.poll()) {
                    what.run();
                }
                connectSome();
                selector.select(this::ready, waiting.isEmpty() ? 100 : 5);
            }
            for (Peer peer : peers) {
                if (peer.channel != null) {
                    peer.channel.close();
                }
            }
            selector.close();
        } catch (IOException | RuntimeException e) {
            violations.add("the swarm failed: " + e);
        }
    }

    private void connectSome() {
        long now = System.nanoTime();
        while (!waiting.isEmpty() && waiting.peek().attemptAt <= now) {
            toConnect.add(waiting.poll());
        }
        while (handshakes < HANDSHAKES && !toConnect.isEmpty()) {
            Peer peer = toConnect.poll();
            handshakes++;
            try {
                peer.channel = SocketChannel.open();
                peer.channel.configureBlocking(false);
                if (peer.receiveBuffer > 0) {
                    peer.channel.setOption(StandardSocketOptions.SO_RCVBUF, peer.receiveBuffer);
                }
                peer.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                int[] alive = ports;
                int port = alive[random.nextInt(alive.length)];
                peer.key = peer.channel.register(selector, SelectionKey.OP_CONNECT, peer);
                peer.channel.connect(new InetSocketAddress("127.0.0.1", port));
            } catch (IOException e) {
                failures.incrementAndGet();
                lost(peer, e.toString(), true);
            }
        }
    }

    private void ready(SelectionKey key) {
        Peer peer = (Peer) key.attachment();
        try {
            if (key.isConnectable()) {
                peer.channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                handshake(peer);
            } else if (key.isValid() && key.isReadable()) {
                read(peer);
            }
        } catch (IOException e) {
            if (!peer.open) {
                failures.incrementAndGet();
            }
            lost(peer, e.toString(), true);
        }
    }

    private void handshake(Peer peer) throws IOException {
        boolean resume = !peer.tasks.isEmpty();
        String query =
                resume ? peer.query.isEmpty() ? "resume=1" : peer.query + "&resume=1" : peer.query;
        write(
                peer,
                ascii(
                        "GET /api/v1/progress/ws"
                                + (query.isEmpty() ? "" : "?" + query)
                                + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                + "Authorization: Bearer "
                                + peer.token
                                + "\r\n\r\n"));
    }

    private static void write(Peer peer, byte[] bytes) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        while (out.hasRemaining()) {
            peer.channel.write(out);
        }
    }

    private static void writeFrame(Peer peer, int opcode, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
        frame.put((byte) (0x80 | opcode));
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        }
        // A mask of zeros.
        frame.putInt(0).put(payload).flip();
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        write(peer, bytes);
    }

    private void read(Peer peer) throws IOException {
        in.clear();
        if (peer.rest != null) {
            in.put(peer.rest);
            peer.rest = null;
        }
        if (peer.channel.read(in) < 0) {
            lost(peer, "cut", true);
            return;
        }
        in.flip();
        if (!peer.upgraded && !takeHead(peer)) {
            return;
        }
        while (peer.channel.isOpen() && takeFrame(peer)) {}
        if (in.hasRemaining() && peer.channel.isOpen()) {
            peer.rest = new byte[in.remaining()];
            in.get(peer.rest);
        }
    }

    private boolean takeHead(Peer peer) {
        int end = indexOf(in.array(), 0, in.limit(), END_OF_HEAD);
        if (end < 0) {
            peer.rest = new byte[in.remaining()];
            in.get(peer.rest);
            return false;
        }
        String head = new String(in.array(), 0, end, StandardCharsets.US_ASCII);
        if (!head.startsWith("HTTP/1.1 101 ")) {
            failures.incrementAndGet();
            lost(peer, head.lines().findFirst().orElse(""), true);
            return false;
        }
        peer.upgraded = true;
        in.position(end + 4);
        return true;
    }

    private boolean takeFrame(Peer peer) throws IOException {
        int start = in.position();
        if (in.remaining() < 2) {
            return false;
        }
        int opcode = in.get(start) & 0x0f;
        long length = in.get(start + 1) & 0x7f;
        int head = 2;
        if (length == 126) {
            head = 4;
            if (in.remaining() < head) {
                return false;
            }
            length = in.getShort(start + 2) & 0xffff;
        } else if (length == 127) {
            head = 10;
            if (in.remaining() < head) {
                return false;
            }
            length = in.getLong(start + 2);
        }
        if (in.remaining() < head + length) {
            if (head + length > in.capacity()) {
                throw new IOException("a frame of " + length + " bytes");
            }
            return false;
        }
        int from = start + head;
        int to = from + (int) length;
        in.position(to);
        switch (opcode) {
            case 1 -> text(peer, in.array(), from, to, System.nanoTime());
            case 8 -> {
                int code = length < 2 ? 1005 : in.getShort(from) & 0xffff;
                lost(
                        peer,
                        code
                                + " "
                                + new String(
                                        in.array(),
                                        from + 2,
                                        Math.max(0, (int) length - 2),
                                        StandardCharsets.UTF_8),
                        true);
            }
            case 9 -> {
                pings.incrementAndGet();
                byte[] payload = new byte[(int) length];
                System.arraycopy(in.array(), from, payload, 0, payload.length);
                writeFrame(peer, 10, payload);
            }
            default -> violations.add("opcode " + opcode);
        }
        return true;
    }

    private void text(Peer peer, byte[] bytes, int from, int to, long now) throws IOException {
        frames.incrementAndGet();
        lastFrame = now;
        if (!peer.open) {
            if (!startsWith(bytes, from, to, CONNECTED)) {
                violations.add("before connected: " + string(bytes, from, to));
            }
            peer.open = true;
            handshakes--;
            greeted.incrementAndGet();
            resume(peer);
            return;
        }
        if (!startsWith(bytes, from, to, TASK_ID)) {
            violations.add("not a task's: " + string(bytes, from, to));
            return;
        }
        int idFrom = from + TASK_ID.length;
        String taskId = string(bytes, idFrom, idFrom + UUID_LENGTH);
        long seq = number(bytes, from, to, SEQ, -1);
        boolean snapshot = indexOf(bytes, from, to, SNAPSHOT) >= 0;
        long skippedFrom = number(bytes, from, to, SKIPPED_FROM, -1);
        long before = peer.expected.getOrDefault(taskId, 0L);
        if (snapshot ? seq < before : (skippedFrom < 0 ? seq : skippedFrom) != before + 1) {
            violations.add("from seq " + before + " to " + string(bytes, from, to));
        }
        if (skippedFrom >= 0) {
            peer.skips++;
        }
        peer.expected.put(taskId, seq);
        boolean durable = indexOf(bytes, from, to, NOT_DURABLE) < 0;
        peer.tasks.merge(taskId, durable ? seq : 0, Math::max);
        if (indexOf(bytes, from, to, COMPLETE) >= 0) {
            ended.incrementAndGet();
        }
        Measured timed = measured;
        if (timed != null && timed.seq == seq && !snapshot) {
            timed.nanos.recordValue(now - timed.since);
            timed.left.countDown();
        }
    }

    private static void resume(Peer peer) throws IOException {
        peer.expected = new HashMap<>(2);
        if (peer.tasks.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder("{\"type\":\"resume\",\"tasks\":{");
        peer.tasks.forEach(
                (taskId, seq) -> {
                    peer.expected.put(taskId, seq);
                    text.append(peer.expected.size() > 1 ? "," : "")
                            .append('"')
                            .append(taskId)
                            .append("\":")
                            .append(seq.longValue());
                });
        writeFrame(peer, 1, ascii(text.append("}}").toString()));
    }

    private void lost(Peer peer, String why, boolean again) {
        try {
            if (peer.channel != null) {
                peer.channel.close();
            }
        } catch (IOException e) {
            violations.add("close: " + e);
        }
        closes.add(why);
        if (peer.open) {
            greeted.decrementAndGet();
            peer.attempt = 0;
        } else {
            handshakes--;
        }
        peer.open = false;
        peer.upgraded = false;
        peer.rest = null;
        if (again && reconnecting && !peer.gone) {
            long bound = Math.min(30_000, 500L << Math.min(peer.attempt++, 10));
            peer.attemptAt = System.nanoTime() + (long) (random.nextDouble() * bound * 1_000_000);
            waiting.add(peer);
        }
    }

    private static long number(byte[] bytes, int from, int to, byte[] name, long otherwise) {
        int at = indexOf(bytes, from, to, name);
        if (at < 0) {
            return otherwise;
        }
        long number = 0;
        for (int i = at + name.length; i < to && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = number * 10 + bytes[i] - '0';
        }
        return number;
    }

    private static boolean startsWith(byte[] bytes, int from, int to, byte[] what) {
        return to - from >= what.length && matches(bytes, from, what);
    }

    private static int indexOf(byte[] bytes, int from, int to, byte[] what) {
        for (int i = from; i <= to - what.length; i++) {
            if (bytes[i] == what[0] && matches(bytes, i, what)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean matches(byte[] bytes, int at, byte[] what) {
        for (int i = 0; i < what.length; i++) {
            if (bytes[at + i] != what[i]) {
                return false;
            }
        }
        return true;
    }

    private static String string(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        over = true;
        selector.wakeup();
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
