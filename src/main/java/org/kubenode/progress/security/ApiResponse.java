package org.kubenode.progress.security;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.util.Locale;
import java.util.Set;

/**
 * Lets an answer under /api/v1 carry the headers of the contract and drops every other one a route
 * may have left.
 */
final class ApiResponse extends HttpServletResponseWrapper {

    private static final Set<String> ANSWER_HEADERS =
            Set.of(
                    "allow",
                    "cache-control",
                    "content-disposition",
                    "content-length",
                    "content-type",
                    "etag",
                    "location",
                    "retry-after",
                    "vary",
                    "www-authenticate");

    ApiResponse(HttpServletResponse response) {
        super(response);
    }

    static boolean isAnswerHeader(String name) {
        return ANSWER_HEADERS.contains(name.toLowerCase(Locale.ROOT));
    }

    @Override
    public void setHeader(String name, String value) {
        if (isAnswerHeader(name)) {
            super.setHeader(name, value);
        }
    }

    @Override
    public void addHeader(String name, String value) {
        if (isAnswerHeader(name)) {
            super.addHeader(name, value);
        }
    }

    @Override
    public void setIntHeader(String name, int value) {
        if (isAnswerHeader(name)) {
            super.setIntHeader(name, value);
        }
    }

    @Override
    public void addIntHeader(String name, int value) {
        if (isAnswerHeader(name)) {
            super.addIntHeader(name, value);
        }
    }

    @Override
    public void setDateHeader(String name, long date) {
        if (isAnswerHeader(name)) {
            super.setDateHeader(name, date);
        }
    }

    @Override
    public void addDateHeader(String name, long date) {
        if (isAnswerHeader(name)) {
            super.addDateHeader(name, date);
        }
    }
}
