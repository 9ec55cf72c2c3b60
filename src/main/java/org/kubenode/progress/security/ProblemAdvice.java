package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import org.kubenode.progress.problem.Problem;
import org.kubenode.progress.problem.ProblemException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;

/**
 * Answers what Spring MVC refuses (404, 405, 406, 415 and the like) as problems, in words that
 * repeat no request.
 */
@ControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class ProblemAdvice {

    @ExceptionHandler(ProblemException.class)
    void problem(ProblemException e, HttpServletResponse response) throws IOException {
        ProblemResponse.write(response, e.problem());
    }

    /** The threads of the HTTP API are busy and their queue is full. */
    @ExceptionHandler(RejectedExecutionException.class)
    void busy(RejectedExecutionException e, HttpServletResponse response) throws IOException {
        response.setHeader(HttpHeaders.RETRY_AFTER, "1");
        ProblemResponse.write(
                response, Problem.of(503, null, "The replica has too many requests to serve."));
    }

    @ExceptionHandler({
        org.springframework.web.servlet.resource.NoResourceFoundException.class,
        org.springframework.web.servlet.NoHandlerFoundException.class,
        org.springframework.web.HttpRequestMethodNotSupportedException.class,
        org.springframework.web.HttpMediaTypeException.class,
        org.springframework.web.server.ResponseStatusException.class,
        org.springframework.web.ErrorResponseException.class,
        org.springframework.web.bind.ServletRequestBindingException.class,
        org.springframework.web.context.request.async.AsyncRequestTimeoutException.class
    })
    void refused(Exception e, HttpServletResponse response) throws IOException {
        ErrorResponse refusal = (ErrorResponse) e;
        String allow = refusal.getHeaders().getFirst(HttpHeaders.ALLOW);
        if (allow != null) {
            response.setHeader(HttpHeaders.ALLOW, allow);
        }
        ProblemResponse.write(response, of(refusal.getStatusCode().value()));
    }

    /** The problem of a status about which no more is known. */
    static Problem of(int status) {
        HttpStatus known = HttpStatus.resolve(status);
        if (known == null) {
            return Problem.of(status, null, null);
        }
        return switch (known) {
            case NOT_FOUND -> Problem.of(status, null, "There is nothing at this path.");
            case METHOD_NOT_ALLOWED ->
                    Problem.of(status, null, "The header Allow names the methods of this path.");
            case NOT_ACCEPTABLE ->
                    Problem.of(status, HttpHeaders.ACCEPT, "The answers are application/json.");
            case UNSUPPORTED_MEDIA_TYPE ->
                    Problem.of(
                            status,
                            HttpHeaders.CONTENT_TYPE,
                            "A body is application/json in UTF-8.");
            case INTERNAL_SERVER_ERROR -> Problem.from(null);
            default -> Problem.of(status, null, null);
        };
    }
}
