package org.kubenode.progress.security;

import jakarta.servlet.DispatcherType;
import java.time.Clock;
import java.util.Set;
import java.util.function.Supplier;
import org.kubenode.progress.config.JwtProperties;
import org.kubenode.progress.config.ProgressProperties;
import org.kubenode.progress.websocket.WebSocketComponent;
import org.kubenode.progress.websocket.WebSocketConstants;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.task.TaskDecorator;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.concurrent.DelegatingSecurityContextRunnable;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;
import org.springframework.security.web.authentication.session.NullAuthenticatedSessionStrategy;
import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RegexRequestMatcher;

/**
 * Who may ask for what. Four areas, the first that matches decides: sockets and streams, which
 * {@link HandshakeFilter} authenticates; the Actuator with Hawtio, for admins, by bearer token or
 * session cookie; the API, by bearer token; and the static files. What is in none of them needs a
 * token too, so a route that someone adds is not open by accident.
 */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

    static final String SOCKET = "/api/v1/progress/ws";
    static final String STREAM = "/api/v1/progress/stream";
    static final String SESSION = "/api/v1/session";
    static final String SESSIONS = "/api/v1/sessions";
    static final String SIGN_IN = "/api/v1/sign-in";

    /** Where Hawtio's page goes to sign out; its own servlet knows no session of ours. */
    private static final String HAWTIO_LOGOUT = "/actuator/hawtio/auth/logout";

    private static final String[] EVERY_ROLE = {
        Role.ADMIN.name(), Role.USER.name(), Role.VIEWER.name()
    };
    private static final String[] STARTING_ROLES = {Role.ADMIN.name(), Role.USER.name()};

    private static final String STATIC_FILES =
            "^/(?!api/|actuator/)([A-Za-z0-9._/-]+\\.(html|js|mjs|css|svg|png|ico|map|woff2|webmanifest))?(\\?.*)?$";

    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                    + "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

    @Bean
    @Order(1)
    SecurityFilterChain socketsChain(HttpSecurity http) throws Exception {
        common(http).securityMatcher(SOCKET, STREAM).csrf(AbstractHttpConfigurer::disable);
        return http.authorizeHttpRequests(rules -> rules.anyRequest().permitAll()).build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain managementChain(
            HttpSecurity http,
            Tokens tokens,
            CookieSessions sessions,
            ProgressProperties properties)
            throws Exception {
        CookieCsrfTokenRepository csrfCookie = CookieCsrfTokenRepository.withHttpOnlyFalse();
        csrfCookie.setCookieCustomizer(cookie -> cookie.path("/").sameSite("Strict"));
        return bearer(common(http), tokens)
                .securityMatcher("/actuator", "/actuator/**", SESSION)
                .csrf(
                        csrf ->
                                csrf.csrfTokenRepository(csrfCookie)
                                        .csrfTokenRequestHandler(new HeaderCsrfToken())
                                        // The default takes each request of a cookie for a new
                                        // sign-in, and takes the token away under Hawtio's feet.
                                        .sessionAuthenticationStrategy(
                                                new NullAuthenticatedSessionStrategy())
                                        .requireCsrfProtectionMatcher(
                                                request ->
                                                        !SAFE.contains(request.getMethod())
                                                                && CookieSessionFilter.byCookie(
                                                                        request)))
                .logout(
                        logout ->
                                logout.logoutRequestMatcher(
                                                PathPatternRequestMatcher.withDefaults()
                                                        .matcher(HttpMethod.GET, HAWTIO_LOGOUT))
                                        .addLogoutHandler(new CookieSessionLogout(sessions))
                                        .logoutSuccessUrl("/"))
                .addFilterAfter(new CsrfCookieFilter(), CsrfFilter.class)
                .addFilterBefore(
                        new CookieSessionFilter(sessions, tokens),
                        BearerTokenAuthenticationFilter.class)
                .authorizeHttpRequests(
                        rules -> {
                            rules.dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC)
                                    .permitAll();
                            rules.requestMatchers(
                                            HttpMethod.GET,
                                            "/actuator/health",
                                            "/actuator/health/**")
                                    .permitAll();
                            if (properties.publicMetrics()) {
                                rules.requestMatchers(HttpMethod.GET, "/actuator/prometheus")
                                        .permitAll();
                            }
                            rules.requestMatchers(SESSION).hasAnyRole(EVERY_ROLE);
                            // It would ask other servers in the name of this one.
                            rules.requestMatchers("/actuator/hawtio/proxy/**").denyAll();
                            rules.anyRequest().hasRole(Role.ADMIN.name());
                        })
                .build();
    }

    @Bean
    @Order(3)
    SecurityFilterChain apiChain(HttpSecurity http, Tokens tokens) throws Exception {
        return bearer(common(http), tokens)
                .securityMatcher("/api/**")
                .csrf(AbstractHttpConfigurer::disable)
                .authorizeHttpRequests(
                        rules -> {
                            rules.dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC)
                                    .permitAll();
                            rules.requestMatchers(HttpMethod.GET, "/api/v1/openapi.json", SIGN_IN)
                                    .permitAll();
                            rules.requestMatchers(
                                            HttpMethod.POST,
                                            "/api/v1/nodes/batch/**",
                                            "/api/v1/tasks/*/cancel",
                                            "/api/v1/tasks/*/retry")
                                    .hasAnyRole(STARTING_ROLES);
                            rules.requestMatchers(SESSIONS).hasRole(Role.ADMIN.name());
                            rules.requestMatchers("/api/v1/clusters/{name}/**")
                                    .access(SecurityConfiguration::ofGrantedCluster);
                            rules.anyRequest().hasAnyRole(EVERY_ROLE);
                        })
                .build();
    }

    private static AuthorizationDecision ofGrantedCluster(
            Supplier<Authentication> authentication, RequestAuthorizationContext request) {
        return new AuthorizationDecision(
                authentication.get() instanceof CallerAuthentication known
                        && known.caller() != null
                        && known.caller().grants().cover(request.getVariables().get("name")));
    }

    @Bean
    @Order(4)
    SecurityFilterChain everythingElseChain(HttpSecurity http, Tokens tokens, JwtProperties jwt)
            throws Exception {
        return bearer(common(http), tokens)
                .headers(
                        headers ->
                                headers.contentSecurityPolicy(
                                        csp -> csp.policyDirectives(consolePolicy(jwt))))
                .csrf(AbstractHttpConfigurer::disable)
                .authorizeHttpRequests(
                        rules -> {
                            rules.dispatcherTypeMatchers(
                                            DispatcherType.ERROR,
                                            DispatcherType.ASYNC,
                                            DispatcherType.FORWARD)
                                    .permitAll();
                            rules.requestMatchers(
                                            RegexRequestMatcher.regexMatcher(
                                                    HttpMethod.GET, STATIC_FILES),
                                            RegexRequestMatcher.regexMatcher(
                                                    HttpMethod.HEAD, STATIC_FILES))
                                    .permitAll();
                            rules.anyRequest().hasAnyRole(EVERY_ROLE);
                        })
                .build();
    }

    /** The console asks the issuer for its endpoints, and for tokens. */
    private static String consolePolicy(JwtProperties jwt) {
        return jwt.signIn().clientId().isEmpty()
                ? CONTENT_SECURITY_POLICY
                : CONTENT_SECURITY_POLICY.replace(
                        "connect-src 'self'",
                        "connect-src 'self' "
                                + jwt.issuer().replaceAll("^(\\w+://[^/?#;,]+).*", "$1"));
    }

    /**
     * Patterns match the whole path. The default asks Spring MVC, which does not know the paths of
     * other servlets, and so let Jolokia's fall through to the last area.
     */
    @Bean
    PathPatternRequestMatcher.Builder pathPatterns() {
        return PathPatternRequestMatcher.withDefaults();
    }

    @Bean
    CookieSessions cookieSessions() {
        return new CookieSessions(Clock.systemUTC());
    }

    /**
     * Carries the caller to the threads of {@code applicationTaskExecutor}, on which platform-http
     * runs its routes.
     */
    @Bean
    TaskDecorator securityContextDecorator() {
        return DelegatingSecurityContextRunnable::new;
    }

    @Bean
    SocketTokens socketTokens(
            Tokens tokens,
            TokenRevalidation revalidation,
            @Qualifier(WebSocketConstants.SCHEME) WebSocketComponent sockets) {
        return new SocketTokens(tokens, revalidation, sockets.sessions(SOCKET));
    }

    private static HttpSecurity common(HttpSecurity http) throws Exception {
        ProblemGate gate = new ProblemGate();
        return http.sessionManagement(
                        session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .httpBasic(AbstractHttpConfigurer::disable)
                .formLogin(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .exceptionHandling(
                        errors -> errors.authenticationEntryPoint(gate).accessDeniedHandler(gate))
                .headers(
                        headers ->
                                headers.contentSecurityPolicy(
                                                csp ->
                                                        csp.policyDirectives(
                                                                CONTENT_SECURITY_POLICY))
                                        .frameOptions(
                                                HeadersConfigurer.FrameOptionsConfig::sameOrigin)
                                        // The first run's URL carries a token.
                                        .referrerPolicy(
                                                policy ->
                                                        policy.policy(ReferrerPolicy.NO_REFERRER)));
    }

    private static HttpSecurity bearer(HttpSecurity http, Tokens tokens) throws Exception {
        ProblemGate gate = new ProblemGate();
        AuthenticationManager manager =
                bearer -> tokens.read(((BearerTokenAuthenticationToken) bearer).getToken());
        return http.oauth2ResourceServer(
                server ->
                        server.authenticationEntryPoint(gate)
                                .accessDeniedHandler(gate)
                                // The default also looks into the parameters, and so swallows a
                                // form's body.
                                .bearerTokenResolver(
                                        request ->
                                                Tokens.ofHeader(
                                                        request.getHeader(
                                                                HttpHeaders.AUTHORIZATION)))
                                .authenticationManagerResolver(request -> manager)
                                .withObjectPostProcessor(
                                        new ObjectPostProcessor<BearerTokenAuthenticationFilter>() {
                                            @Override
                                            public <F extends BearerTokenAuthenticationFilter>
                                                    F postProcess(F filter) {
                                                // The default leaves an issuer that is away to
                                                // the server: 500 and a stack trace.
                                                filter.setAuthenticationFailureHandler(
                                                        gate::commence);
                                                return filter;
                                            }
                                        }));
    }
}
