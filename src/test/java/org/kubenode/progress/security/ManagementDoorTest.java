package org.kubenode.progress.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManagementDoorTest extends GuardedTest {

    private static final String JOLOKIA = "/actuator/jolokia";
    private static final String READ =
            "{\"type\":\"read\",\"mbean\":\"java.lang:type=Runtime\",\"attribute\":\"VmName\"}";

    @Test
    void healthIsForEverybody() {
        assertThat(send(request("/actuator/health")).statusCode()).isEqualTo(200);
        assertThat(send(request("/actuator/health/liveness")).statusCode()).isIn(200, 404);
        assertThat(send(request("/actuator/health")).body()).doesNotContain("components");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/actuator",
                "/actuator/info",
                "/actuator/prometheus",
                "/actuator/hawtio/index.html",
                "/actuator/jolokia",
                "/actuator/jolokia/version"
            })
    void theRestIsForAdmins(String path) {
        HttpResponse<String> none = send(request(path));
        assertThat(none.statusCode()).isEqualTo(401);
        assertThat(none.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(send(as("user", path)).statusCode()).isEqualTo(403);
        assertThat(send(as("viewer", path)).statusCode()).isEqualTo(403);
        assertThat(send(as("guest", path)).statusCode()).isEqualTo(403);
        assertThat(send(as("admin", path)).statusCode()).isEqualTo(200);
    }

    @Test
    void anEscapeInTheirPathsOpensNothing() {
        for (String role : List.of("user", "admin")) {
            assertThat(send(as(role, "/actuator/%6aolokia/version")).statusCode()).isEqualTo(400);
        }
        assertThat(send(as("user", "/actuator/%69nfo")).statusCode()).isEqualTo(403);
        assertThat(send(as("user", "/%61ctuator/info")).statusCode()).isEqualTo(403);
        assertThat(send(as("user", "/actuator//info")).statusCode()).isEqualTo(400);
        assertThat(send(as("user", "/actuator/health/../info")).statusCode()).isIn(400, 403);
    }

    @Test
    void hawtioBringsItsOwnContentSecurityPolicy() {
        var headers = send(as("admin", "/actuator/hawtio/index.html")).headers();
        assertThat(headers.allValues("Content-Security-Policy")).hasSize(1);
        assertThat(headers.allValues("X-Frame-Options")).hasSize(1);
    }

    @Test
    void aSessionOpensTheActuatorUntilItIsEnded() {
        HttpResponse<String> begun =
                send(as("admin", "/api/v1/session").POST(BodyPublishers.noBody()));
        assertThat(begun.statusCode()).isEqualTo(204);
        String sent = setCookie(begun, "progress-session");
        assertThat(sent).contains("HttpOnly", "SameSite=Strict", "Path=/");
        assertThat(sent).containsPattern("Max-Age=(29[0-9]|300);");
        String csrf = setCookie(begun, "XSRF-TOKEN").split("[=;]")[1];
        String session = sent.split(";")[0];
        String both = session + "; XSRF-TOKEN=" + csrf;

        assertThat(send(request("/actuator/hawtio/index.html").header("Cookie", both)).statusCode())
                .isEqualTo(200);
        assertThat(
                        send(post(request(JOLOKIA), READ)
                                        .header("Content-Type", "application/json")
                                        .header("Cookie", both)
                                        .header("Origin", "http://localhost:" + port)
                                        .header("X-XSRF-TOKEN", csrf))
                                .body())
                .contains("\"status\":200");
        for (String origin : List.of("", "http://evil.example", "null")) {
            var request =
                    post(request(JOLOKIA), READ)
                            .header("Cookie", both)
                            .header("X-XSRF-TOKEN", csrf);
            if (!origin.isEmpty()) {
                request.header("Origin", origin);
            }
            HttpResponse<String> refused = send(request);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("\"field\":\"Origin\"");
        }

        for (String wrong : List.of("", "11111111-1111-1111-1111-111111111111")) {
            var request = post(request(JOLOKIA), READ).header("Cookie", both);
            if (!wrong.isEmpty()) {
                request.header("X-XSRF-TOKEN", wrong);
            }
            HttpResponse<String> refused = send(request);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("X-XSRF-TOKEN").doesNotContain(csrf);
            assertThat(
                            send(request("/api/v1/session").DELETE().header("Cookie", both))
                                    .statusCode())
                    .isEqualTo(403);
        }
        assertThat(
                        send(post(request(JOLOKIA), "_csrf=" + csrf)
                                        .header("Content-Type", "application/x-www-form-urlencoded")
                                        .header("Cookie", both))
                                .statusCode())
                .isEqualTo(403);

        HttpResponse<String> ended =
                send(
                        request("/api/v1/session")
                                .DELETE()
                                .header("Cookie", both)
                                .header("X-XSRF-TOKEN", csrf));
        assertThat(ended.statusCode()).isEqualTo(204);
        assertThat(setCookie(ended, "progress-session")).contains("Max-Age=0");
        assertThat(send(request("/actuator/info").header("Cookie", both)).statusCode())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/exec/java.lang:type=Memory/gc",
                "/exec/java.lang:type=Threading/dumpAllThreads/true/true",
                "/write/java.lang:type=Memory/Verbose/true",
                "/read/java.lang:type=Runtime/VmName",
                "/list",
                "?p=exec/java.lang:type=Memory/gc",
                "/?p=/exec/java.lang:type=Memory/gc",
                "/version?p=exec/java.lang:type=Memory/gc",
                "/notification/open/x",
            })
    void jolokiaIsAskedByPostAlone(String form) {
        for (String base : List.of(JOLOKIA, "/actuator/hawtio/jolokia")) {
            HttpResponse<String> refused = send(as("admin", base + form));
            assertThat(refused.statusCode()).as(base).isEqualTo(405);
            assertThat(refused.headers().firstValue("Allow")).hasValue("POST");
        }
    }

    @Test
    void jolokiaShowsWhatHawtioNeedsAndNoMore() {
        assertThat(jolokia("read", "java.lang:type=Threading", "attribute", "ThreadCount"))
                .isEqualTo(200);
        assertThat(
                        jolokia(
                                "read",
                                "org.apache.camel:context=*,type=context,*",
                                "attribute",
                                "Uptime"))
                .isEqualTo(200);
        assertThat(
                        jolokia(
                                "exec",
                                "java.lang:type=Threading",
                                "operation",
                                "findDeadlockedThreads()"))
                .isEqualTo(200);
        String context = name("org.apache.camel:type=context,*");
        assertThat(jolokia("exec", context, "operation", "dumpRoutesAsXml()")).isEqualTo(200);

        for (String[] refused :
                new String[][] {
                    {"read", "java.lang:type=Runtime", "attribute", "InputArguments"},
                    {"read", "java.lang:type=Runtime", "attribute", "SystemProperties"},
                    {
                        "read",
                        "com.sun.management:type=HotSpotDiagnostic",
                        "attribute",
                        "DiagnosticOptions"
                    },
                    {
                        "exec",
                        "com.sun.management:type=DiagnosticCommand",
                        "operation",
                        "vmCommandLine"
                    },
                    {
                        "exec",
                        "com.sun.management:type=DiagnosticCommand",
                        "operation",
                        "jvmtiAgentLoad"
                    },
                    {
                        "exec",
                        "com.sun.management:type=DiagnosticCommand",
                        "operation",
                        "compilerDirectivesAdd"
                    },
                    {"exec", "com.sun.management:type=HotSpotDiagnostic", "operation", "dumpHeap"},
                    {"exec", "jdk.management.jfr:type=FlightRecorder", "operation", "newRecording"},
                    {"exec", "java.lang:type=Memory", "operation", "gc"},
                    {"read", "java.util.logging:type=Logging", "attribute", "LoggerNames"},
                    {"exec", context, "operation", "sendBody(java.lang.String,java.lang.Object)"},
                    {"exec", context, "operation", "createEndpoint(java.lang.String)"},
                }) {
            assertThat(jolokia(refused[0], refused[1], refused[2], refused[3]))
                    .as(String.join(" ", refused))
                    .isIn(403, 404);
        }
        String list = jolokia("{\"type\":\"list\",\"config\":{\"maxDepth\":1}}");
        assertThat(list)
                .contains("org.apache.camel", "java.lang")
                .doesNotContain("com.sun.management", "java.util.logging", "jdk.management");
        // What is hidden of an MBean stays so when all of it is asked for.
        assertThat(jolokia("{\"type\":\"read\",\"mbean\":\"java.lang:type=Runtime\"}"))
                .doesNotContain(
                        "sun.java.command", "java.class.path", System.getProperty("user.home"));
        assertThat(jolokia("{\"type\":\"read\",\"mbean\":\"java.lang:*\"}"))
                .doesNotContain("sun.java.command");
        assertThat(send(as("admin", "/actuator/hawtio/proxy/localhost/1/")).statusCode())
                .isEqualTo(403);
    }

    private int jolokia(String type, String mbean, String what, String value) {
        String answer =
                jolokia(
                        "{\"type\":\"%s\",\"mbean\":\"%s\",\"%s\":\"%s\"}"
                                .formatted(type, mbean, what, value));
        var status = Pattern.compile("\"status\":(\\d+)").matcher(answer);
        assertThat(status.find()).as(answer).isTrue();
        return Integer.parseInt(status.group(1));
    }

    private String jolokia(String question) {
        return send(post(as("admin", JOLOKIA), question).header("Content-Type", "application/json"))
                .body();
    }

    private static String name(String pattern) {
        try {
            return ManagementFactory.getPlatformMBeanServer()
                    .queryNames(new ObjectName(pattern), null)
                    .iterator()
                    .next()
                    .getCanonicalName()
                    .replace("\"", "\\\"");
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aUsersSessionsAreBoundedAndCostNobodyElseTheirs() {
        String other = begin("admin", "another");
        List<String> own = Stream.generate(() -> begin("admin", "many")).limit(6).toList();

        assertThat(info(own.get(0))).isEqualTo(401);
        assertThat(own.subList(1, 6))
                .allSatisfy(session -> assertThat(info(session)).isEqualTo(200));
        assertThat(info(other)).isEqualTo(200);
    }

    private String begin(String role, String user) {
        HttpResponse<String> begun =
                send(
                        request("/api/v1/session")
                                .header("Authorization", "Bearer " + TestTokens.token(user, role))
                                .POST(BodyPublishers.noBody()));
        return setCookie(begun, "progress-session").split(";")[0];
    }

    private int info(String session) {
        return send(request("/actuator/info").header("Cookie", session)).statusCode();
    }

    @Test
    void signingOutInHawtioEndsTheSessionAndLeadsToTheConsole() {
        HttpResponse<String> begun =
                send(as("admin", "/api/v1/session").POST(BodyPublishers.noBody()));
        String session = setCookie(begun, "progress-session").split(";")[0];
        String logout = "/actuator/hawtio/auth/logout";

        HttpResponse<String> out = send(request(logout).header("Cookie", session));

        assertThat(out.statusCode()).isEqualTo(302);
        assertThat(out.headers().firstValue("Location").orElseThrow()).matches("(http://[^/]+)?/");
        assertThat(setCookie(out, "progress-session")).contains("Max-Age=0", "HttpOnly");
        assertThat(send(request("/actuator/info").header("Cookie", session)).statusCode())
                .isEqualTo(401);
        // Once more, or without a session: there is nothing to end, and the console is the place.
        HttpResponse<String> again = send(request(logout));
        assertThat(again.statusCode()).isEqualTo(302);
        assertThat(again.headers().allValues("Set-Cookie"))
                .noneMatch(cookie -> cookie.startsWith("progress-session="));
    }

    @Test
    void aSessionOfAnotherRoleOpensNothing() {
        HttpResponse<String> begun =
                send(as("viewer", "/api/v1/session").POST(BodyPublishers.noBody()));
        assertThat(begun.statusCode()).isEqualTo(204);
        String session = setCookie(begun, "progress-session").split(";")[0];
        assertThat(send(request("/actuator/info").header("Cookie", session)).statusCode())
                .isEqualTo(403);
    }

    @Test
    void aSessionBeginsByBearerTokenOnly() {
        String session =
                setCookie(
                                send(as("admin", "/api/v1/session").POST(BodyPublishers.noBody())),
                                "progress-session")
                        .split(";")[0];
        assertThat(
                        send(request("/api/v1/session")
                                        .POST(BodyPublishers.noBody())
                                        .header("Cookie", session))
                                .statusCode())
                .isEqualTo(401);
        assertThat(send(request("/api/v1/session").POST(BodyPublishers.noBody())).statusCode())
                .isEqualTo(401);
        assertThat(send(request("/api/v1/session").DELETE()).statusCode()).isEqualTo(401);
        assertThat(send(as("guest", "/api/v1/session").POST(BodyPublishers.noBody())).statusCode())
                .isEqualTo(403);
        assertThat(send(as("admin", "/api/v1/session")).body())
                .contains("\"user_id\":\"1\"", "\"username\":\"user 1\"", "\"role\":\"admin\"");
    }

    @Test
    void anUnknownCookieIsNoCookie() {
        assertThat(
                        send(request("/actuator/health").header("Cookie", "progress-session=x"))
                                .statusCode())
                .isEqualTo(200);
        assertThat(
                        send(request("/actuator/info").header("Cookie", "progress-session=x"))
                                .statusCode())
                .isEqualTo(401);
    }

    @Test
    void whatIsNotExposedDoesNotExistEvenForAdmins() {
        for (String endpoint :
                List.of("env", "configprops", "heapdump", "beans", "loggers", "shutdown")) {
            assertThat(send(as("admin", "/actuator/" + endpoint)).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void staticFilesNeedNoToken() {
        assertThat(send(request("/favicon.ico")).statusCode()).isEqualTo(404);
        assertThat(send(request("/console/app.js")).statusCode()).isEqualTo(404);
        assertThat(send(request("/")).statusCode()).isEqualTo(200);
        assertThat(send(request("/?code=abc&state=xyz")).statusCode()).isEqualTo(200);
        assertThat(send(request("/elsewhere?a=/x.js")).statusCode()).isEqualTo(401);
        assertThat(send(request("/api/v1/sign-in")).statusCode()).isEqualTo(204);
        assertThat(send(request("/api/v1/openapi.json")).statusCode()).isEqualTo(404);
        assertThat(send(request("/api/v1/app.js")).statusCode()).isEqualTo(401);
        assertThat(send(request("/actuator/app.js")).statusCode()).isEqualTo(401);
        assertThat(send(post(request("/app.js"), "")).statusCode()).isEqualTo(401);
    }

    private static String setCookie(HttpResponse<String> answer, String name) {
        return answer.headers().allValues("Set-Cookie").stream()
                .filter(cookie -> cookie.startsWith(name + "="))
                .findFirst()
                .orElseThrow(
                        () ->
                                new AssertionError(
                                        "no cookie " + name + " in " + answer.headers().map()));
    }
}
