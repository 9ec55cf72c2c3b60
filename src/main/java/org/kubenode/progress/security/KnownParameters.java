package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.kubenode.progress.problem.ProblemException;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/** What no route answers refuses, as the routes do, parameters that it has not or has twice. */
final class KnownParameters implements HandlerInterceptor {

    @Override
    public boolean preHandle(
            HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (handler instanceof HandlerMethod method) {
            Set<String> known =
                    Arrays.stream(method.getMethodParameters())
                            .map(parameter -> parameter.getParameterAnnotation(RequestParam.class))
                            .filter(asked -> asked != null)
                            .map(RequestParam::value)
                            .collect(Collectors.toSet());
            QueryParameters.parse(request.getQueryString())
                    .forEach((name, values) -> check(known, name, values.size()));
        }
        return true;
    }

    private static void check(Set<String> known, String name, int times) {
        if (!known.contains(name)) {
            throw new ProblemException(
                    400,
                    name,
                    "there is no such parameter; allowed: "
                            + (known.isEmpty() ? "none" : String.join(", ", known)));
        }
        if (times > 1) {
            throw new ProblemException(400, name, "is given more than once");
        }
    }
}
