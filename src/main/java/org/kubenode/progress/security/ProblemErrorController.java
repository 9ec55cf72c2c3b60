package org.kubenode.progress.security;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.kubenode.progress.problem.Problem;
import org.kubenode.progress.problem.ProblemException;
import org.springframework.boot.web.servlet.error.ErrorController;
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
            Problem problem = ProblemAdvice.of(status instanceof Integer code ? code : 404);
            ProblemResponse.write(response, problem);
        }
    }
}
