package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
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
            QueryParameters.requireOnly(request.getQueryString(), known);
        }
        return true;
    }
}
