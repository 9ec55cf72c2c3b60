package org.kubenode.progress.security;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.kubenode.progress.problem.Problem;
import org.kubenode.progress.problem.ProblemException;
import org.springframework.boot.web.servlet.error.ErrorController;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/**
 * The error page of the server: whatever ended as a bare status or an exception leaves as a
 * problem.
 */
@Controller
class ProblemErrorController implements ErrorController {

    @RequestMapping("${server.error.path:${error.path:/error}}")
    void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object thrown = request.getAttribute(RequestDispatcher.ERROR_EXCEPTION);
        if (thrown instanceof AuthenticationServiceException e) {
            ProblemGate.unauthenticated(response, e);
        } else if (thrown instanceof ProblemException e) {
            ProblemResponse.write(response, e.problem());
        } else {
            Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
            // Asked for directly, /error is a page that does not exist.
            int code = status instanceof Integer given ? given : 404;
            // Who is told to come again is told why: those words are ours.
            Problem problem =
                    response.containsHeader(HttpHeaders.RETRY_AFTER)
                                    && request.getAttribute(RequestDispatcher.ERROR_MESSAGE)
                                            instanceof String why
                            ? Problem.of(code, null, why)
                            : ProblemAdvice.of(code);
            ProblemResponse.write(response, problem);
        }
    }
}
