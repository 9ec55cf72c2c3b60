package org.kubenode.progress.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.junit.jupiter.api.Test;

/** Frames as Jetty would give them; the connection is Jetty's own empty one. */
class JettySocketTest {

    @Test
    void aRefusedPeerMaySend16KilobytesAndIsThenCutOff() {
        AtomicBoolean aborted = new AtomicBoolean();
        CoreSession connection =
                new CoreSession.Empty() {
                    @Override
                    public void abort() {
                        aborted.set(true);
                    }
                };
        SocketSessions nobodyServes =
                new SocketSessions("/x", Runnable::run, System::nanoTime, Clock.systemUTC());
        JettySocket socket = new JettySocket(nobodyServes, null, Map.of());
        socket.onOpen(connection, Callback.NOOP);

        for (int kilobyte = 0; kilobyte < 16; kilobyte++) {
            assertThat(aborted).isFalse();
            Frame frame = new Frame(OpCode.TEXT, ByteBuffer.wrap(new byte[1_018]));
            socket.onFrame(frame, Callback.NOOP);
        }
        assertThat(aborted).isFalse();
        socket.onFrame(new Frame(OpCode.PING), Callback.NOOP);
        assertThat(aborted).isTrue();
    }
}
