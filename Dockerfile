# syntax=docker/dockerfile:1
# docker build -t kube-node-progress .
# The final image: JRE 25, a user without rights, nothing written outside /tmp, and a start that was rehearsed
# (docs/decisions/0006-container.md has the figures).

# A digest keeps a base as it is: --build-arg RUNTIME_IMAGE=eclipse-temurin@sha256:…
ARG BUILD_IMAGE=maven:3.9-eclipse-temurin-25
ARG RUNTIME_IMAGE=eclipse-temurin:25-jre-noble

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY pom.xml LICENSE NOTICE ./
COPY src src
COPY routes routes
RUN --mount=type=cache,target=/m2 mvn -Dmaven.repo.local=/m2 -B -ntp -q package -DskipTests -Dspotless.check.skip
RUN java -Djarmode=tools -jar target/kube-node-progress.jar extract --layers --destination /layers

FROM ${RUNTIME_IMAGE} AS app
WORKDIR /app
# What changes least first. In the order of layers.idx.
COPY --from=build /layers/dependencies/ ./
COPY --from=build /layers/spring-boot-loader/ ./
COPY --from=build /layers/snapshot-dependencies/ ./
COPY --from=build /layers/application/ ./

# G1 also on a single core, where the JVM would choose the serial collector and its long pauses; heap from the limit.
ENV JAVA_TOOL_OPTIONS="-XX:+UseG1GC -XX:MaxRAMPercentage=60 -XX:+ExitOnOutOfMemoryError"
# The log goes to the console alone.
ENV LOGGING_FILE_NAME=""

# A start up to the moment before it serves, in memory; what it loaded and linked is kept for the real ones.
RUN JWT_SECRET=only-for-the-rehearsal-and-kept-nowhere PROGRESS_ENABLE_DATABASE=false \
    java -XX:AOTCacheOutput=app.aot -Dspring.context.exit=onRefresh -jar kube-node-progress.jar \
    "--clusters[0].name=test" "--clusters[0].type=simulated" "--clusters[0].nodes=1" \
 && test -s app.aot

# Numbers, so that Kubernetes can check runAsNonRoot.
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${SERVER_PORT:-8080} && printf 'GET /actuator/health/readiness HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && grep -q '\"UP\"' <&3"]

ENTRYPOINT ["java", "-XX:AOTCache=app.aot", "-jar", "kube-node-progress.jar"]
