package org.kubenode.progress.websocket;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Message;
import org.apache.camel.support.DefaultProducer;

/**
 * Puts a message into the queues of sessions. Who receives is said by {@link
 * WebSocketConstants#SEND_TO_ALL}, else {@link WebSocketConstants#SESSION}, else {@link
 * WebSocketConstants#USER}. A session that is gone is no error. The body is a text, UTF-8 bytes, an
 * {@link Outbound}, a list of {@code Outbound} to be sent in order, or a {@link Mailing}, which
 * names its receivers itself.
 */
public class WebSocketProducer extends DefaultProducer {

    private final SocketSessions sessions;

    WebSocketProducer(WebSocketEndpoint endpoint) {
        super(endpoint);
        this.sessions = endpoint.sessions();
    }

    @Override
    public WebSocketEndpoint getEndpoint() {
        return (WebSocketEndpoint) super.getEndpoint();
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        Collection<SocketSession> receivers = receivers(exchange.getMessage());
        int taken = 0;
        if (!receivers.isEmpty()) {
            List<Outbound> messages = messages(exchange.getMessage());
            for (SocketSession receiver : receivers) {
                if (receiver.send(messages)) {
                    taken++;
                }
            }
        }
        exchange.getMessage().setHeader(WebSocketConstants.RECEIVERS, taken);
    }

    private static List<Outbound> messages(Message message) throws InvalidPayloadException {
        Object body = message.getBody();
        if (body instanceof Mailing mailing) {
            return mailing.messages();
        }
        if (body instanceof Outbound outbound) {
            return List.of(outbound);
        }
        if (body instanceof List<?> list && list.stream().allMatch(Outbound.class::isInstance)) {
            return list.stream().map(Outbound.class::cast).toList();
        }
        return List.of(
                body instanceof byte[] utf8
                        ? Outbound.of(utf8)
                        : Outbound.of(message.getMandatoryBody(String.class)));
    }

    private Collection<SocketSession> receivers(Message message) {
        if (message.getBody() instanceof Mailing mailing) {
            return named(mailing.sockets());
        }
        if (message.getHeader(WebSocketConstants.SEND_TO_ALL, false, Boolean.class)) {
            return sessions.all();
        }
        Object named = message.getHeader(WebSocketConstants.SESSION);
        if (named != null) {
            return named(named);
        }
        String user = message.getHeader(WebSocketConstants.USER, String.class);
        if (user != null) {
            return sessions.ofUser(user);
        }
        if (getEndpoint().isSendToAll()) {
            return sessions.all();
        }
        throw new IllegalArgumentException(
                "Nobody to send to: set "
                        + WebSocketConstants.SESSION
                        + ", "
                        + WebSocketConstants.USER
                        + " or "
                        + WebSocketConstants.SEND_TO_ALL);
    }

    private Collection<SocketSession> named(Object named) {
        Collection<?> all = named instanceof Collection<?> many ? many : List.of(named);
        List<SocketSession> found = new ArrayList<>(all.size());
        for (Object one : all) {
            SocketSession session =
                    one instanceof SocketSession known ? known : sessions.get(one.toString());
            if (session != null) {
                found.add(session);
            }
        }
        return found;
    }
}
