package org.kubenode.progress.bench;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The barest client of a WebSocket: one thread that blocks in a read and notes when each text frame
 * was there. It costs the machine it shares with the server next to nothing, and keeps bytes, not
 * objects.
 */
final class FrameReader implements AutoCloseable {

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private List<Arrival> arrivals = new ArrayList<>();
    private volatile long count;
    private volatile long lastNanos;
    private volatile IOException failure;

    /** A text frame, and when its last byte was here by {@link System#nanoTime}. */
    record Arrival(byte[] text, long nanos) {}

    FrameReader(int port, String path, String token) throws IOException {
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
        socket.setSoTimeout(60_000);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 65_536));
        String request =
                "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer %s\r\n\r\n"
                        .formatted(path, port, token);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        String status = line();
        if (!status.startsWith("HTTP/1.1 101")) {
            throw new IOException("No upgrade: " + status);
        }
        while (!line().isEmpty()) {
            // The headers say nothing that is needed here.
            continue;
        }
        Thread reader = new Thread(this::read, "frame-reader");
        reader.setDaemon(true);
        reader.start();
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("Closed in the handshake");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private void read() {
        try {
            while (true) {
                int opcode = in.readUnsignedByte() & 0x0F;
                int length = in.readUnsignedByte() & 0x7F;
                long size =
                        length == 127
                                ? in.readLong()
                                : length == 126 ? in.readUnsignedShort() : length;
                byte[] payload = in.readNBytes((int) size);
                if (opcode == 1) {
                    long now = System.nanoTime();
                    synchronized (this) {
                        arrivals.add(new Arrival(payload, now));
                    }
                    lastNanos = now;
                    count++;
                } else if (opcode == 9) {
                    write(0x8A, payload);
                } else if (opcode == 8) {
                    throw new IOException("Closed by the server");
                }
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Sends a text of up to 125 bytes, or answers a ping; the mask is zero. */
    private synchronized void write(int first, byte[] payload) throws IOException {
        byte[] frame = new byte[6 + payload.length];
        frame[0] = (byte) first;
        frame[1] = (byte) (0x80 | payload.length);
        System.arraycopy(payload, 0, frame, 6, payload.length);
        OutputStream out = socket.getOutputStream();
        out.write(frame);
        out.flush();
    }

    void send(String text) throws IOException {
        write(0x81, text.getBytes(StandardCharsets.UTF_8));
    }

    long count() {
        if (failure != null) {
            throw new IllegalStateException("The reader of frames stopped", failure);
        }
        return count;
    }

    long lastNanos() {
        return lastNanos;
    }

    /** What came since the last call. */
    synchronized List<Arrival> take() {
        List<Arrival> taken = arrivals;
        arrivals = new ArrayList<>();
        return taken;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
