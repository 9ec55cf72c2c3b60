package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.MappingMatch;
import org.springframework.security.web.firewall.FirewalledRequest;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.security.web.firewall.StrictHttpFirewall;

/**
 * Refuses a servlet's path that is written with escapes ({@code /actuator/%6aolokia}): the server decodes it to find the
 * servlet, while Spring compares it as written and fails with an exception. Such a request is a 400.
 */
final class LiteralPathFirewall extends StrictHttpFirewall {

    @Override
    public FirewalledRequest getFirewalledRequest(HttpServletRequest request) {
        boolean servlet = request.getHttpServletMapping().getMappingMatch() == MappingMatch.PATH;
        if (servlet
                && !request.getRequestURI().startsWith(request.getContextPath() + request.getServletPath())) {
            throw new RequestRejectedException("The path of a servlet is written with escapes.");
        }
        return super.getFirewalledRequest(request);
    }
}
