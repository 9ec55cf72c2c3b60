package org.kubenode.progress.websocket;

import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.websockets.jsr.WebSocketDeploymentInfo;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.File;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Executors;
import org.apache.catalina.Context;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.websocket.jakarta.common.JakartaWebSocketSession;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.Server;

/** Arguments: jetty, jetty-bytes, tomcat or undertow; port; number of sockets. */
public final class BenchServer {

    private static final int WARM_UP = 40;
    private static final int MEASURED = 40;
    private static final int BULK = 60;

    private static SocketSessions sessions;
    private static boolean bytes;

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[1]);
        int sockets = Integer.parseInt(args[2]);
        bytes = args[0].equals("jetty-bytes");
        sessions = new SocketSessions("/ws", Executors.newFixedThreadPool(2), System::nanoTime, Clock.systemUTC());
        WebSocketOptions options = new WebSocketOptions();
        options.setMaxSessions(100_000);
        sessions.serve(new Nobody(), options);
        switch (args[0]) {
            case "jetty", "jetty-bytes" -> jetty(port);
            case "tomcat" -> tomcat(port);
            default -> undertow(port);
        }
        System.out.println("ready");
        // The first sockets load classes and fill pools; they are no part of the figure.
        awaitSessions(100);
        long before = heap();
        int base = sessions.size();
        System.out.println("go");
        awaitSessions(sockets);
        Thread.sleep(1_000);
        long perSession = (heap() - before) / (sessions.size() - base);
        for (int i = 0; i < WARM_UP + MEASURED; i++) {
            broadcast(i < WARM_UP ? 'w' : 'm');
            awaitEmpty();
            Thread.sleep(100);
        }
        for (int i = 0; i < BULK; i++) {
            broadcast('b');
            awaitEmpty();
        }
        System.out.println("heap per session: " + perSession + " bytes");
        broadcast('e');
        Thread.sleep(2_000);
        System.exit(0);
    }

    private static void broadcast(char phase) {
        StringBuilder text = new StringBuilder(phase + " " + System.nanoTime() + " ");
        while (text.length() < 300) {
            text.append('x');
        }
        Outbound message = Outbound.of(text.toString());
        for (SocketSession session : sessions.all()) {
            session.send(message);
        }
    }

    private static void awaitEmpty() throws InterruptedException {
        while (sessions.queueDepth() > 0) {
            Thread.sleep(1);
        }
    }

    private static void awaitSessions(int count) throws InterruptedException {
        while (sessions.size() < count) {
            Thread.sleep(10);
        }
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(200);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static ServerEndpointConfig config() {
        return ServerEndpointConfig.Builder.create(BenchEndpoint.class, "/ws")
                .configurator(
                        new ServerEndpointConfig.Configurator() {
                            @Override
                            public <T> T getEndpointInstance(Class<T> type) {
                                return type.cast(new BenchEndpoint());
                            }
                        })
                .build();
    }

    private static void jetty(int port) throws Exception {
        Server server = new Server(port);
        ServletContextHandler context = new ServletContextHandler("/");
        server.setHandler(context);
        JakartaWebSocketServletContainerInitializer.configure(
                context, (servletContext, container) -> container.addEndpoint(config()));
        server.start();
    }

    private static void tomcat(int port) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(new File("target/tomcat").getAbsolutePath());
        tomcat.setPort(port);
        tomcat.getConnector().setProperty("maxConnections", "100000");
        Context context = tomcat.addContext("", null);
        context.addServletContainerInitializer(new WsSci(), null);
        Tomcat.addServlet(context, "default", new DefaultServlet());
        context.addServletMappingDecoded("/", "default");
        tomcat.start();
        ((ServerContainer) context.getServletContext().getAttribute(ServerContainer.class.getName()))
                .addEndpoint(config());
    }

    private static void undertow(int port) throws Exception {
        DeploymentInfo info =
                Servlets.deployment()
                        .setClassLoader(BenchServer.class.getClassLoader())
                        .setContextPath("/")
                        .setDeploymentName("bench")
                        .addServletContextAttribute(
                                WebSocketDeploymentInfo.ATTRIBUTE_NAME,
                                new WebSocketDeploymentInfo().addEndpoint(config()));
        DeploymentManager manager = Servlets.defaultContainer().addDeployment(info);
        manager.deploy();
        Undertow.builder().addHttpListener(port, "localhost").setHandler(manager.start()).build().start();
    }

    public static final class BenchEndpoint extends Endpoint {
        private SocketSession session;

        @Override
        public void onOpen(Session socket, EndpointConfig config) {
            socket.setMaxIdleTimeout(0);
            socket.addMessageHandler(String.class, (MessageHandler.Whole<String>) text -> session.received(text));
            SocketTransport transport =
                    bytes ? new JettyTransport(((JakartaWebSocketSession) socket).getCoreSession()) : new Portable(socket);
            session = sessions.open(null, Map.of(), Map.of(), transport);
        }

        @Override
        public void onClose(Session socket, CloseReason reason) {
            session.closed(reason.getCloseCode().getCode(), reason.getReasonPhrase());
        }

        @Override
        public void onError(Session socket, Throwable failure) {}
    }

    /** What jakarta.websocket alone can do. */
    private record Portable(Session socket) implements SocketTransport {
        @Override
        public void send(
                Outbound message, Outbound firstSkipped, boolean more, Completion completion) {
            socket.getAsyncRemote().sendText(message.text(), (SendResult result) -> completion.done(result.getException()));
        }

        @Override
        public void ping() {}

        @Override
        public boolean answersPings() {
            return true;
        }

        @Override
        public void close(int code, String reason) {}

        @Override
        public void abort() {}
    }

    private static final class Nobody implements SocketHandler {
        @Override
        public void opened(SocketSession session, Runnable done) {
            done.run();
        }

        @Override
        public void message(SocketSession session, String text, Runnable done) {
            done.run();
        }

        @Override
        public void closed(SocketSession session, int code, String reason, Runnable done) {
            done.run();
        }
    }
}
