package org.kubenode.progress.security;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.springframework.boot.test.autoconfigure.actuate.observability.AutoConfigureObservability;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What the tests of the running doors share: one application, real HTTP. */
@SpringBootTest(
        classes = GuardedApplication.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "jwt.secret=" + TestTokens.SECRET,
            "progress.max_body_size=2KB",
            "progress.allowed_origins=https://portal.example",
            "camel.main.routes-include-pattern=false"
        })
@AutoConfigureObservability(tracing = false)
abstract class GuardedTest {

    static final HttpClient CLIENT = HttpClient.newHttpClient();

    @LocalServerPort int port;

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .timeout(Duration.ofSeconds(10));
    }

    HttpRequest.Builder as(String role, String path) {
        return request(path).header("Authorization", "Bearer " + TestTokens.token(1, role));
    }

    static HttpRequest.Builder post(HttpRequest.Builder request, String body) {
        return request.POST(BodyPublishers.ofString(body));
    }

    static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            try {
                return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
            } catch (IOException closed) {
                // The server closes a connection whose last request it refused before it had read
                // its body; this one may have been sent on it.
                return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
