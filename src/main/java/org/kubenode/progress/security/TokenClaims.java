package org.kubenode.progress.security;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kubenode.progress.config.GrantsProperties;
import org.kubenode.progress.config.JwtProperties;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * What the claims of a token mean here. Identity providers name and nest them as they like: a claim
 * is looked up by its whole name first, so that a dot or a URL may be part of it, then along its
 * dots ({@code resource_access.my.client.roles}).
 */
final class TokenClaims {

    private static final int LONGEST_USER_ID = 128;
    private static final int LONGEST_USERNAME = 256;
    private static final int LONGEST_SHOWN = 200;
    private static final List<String> USERNAMES = List.of("username", "preferred_username", "name");

    private final JwtProperties names;
    private final GrantsProperties table;

    TokenClaims(JwtProperties names, GrantsProperties table) {
        this.names = names;
        this.table = table;
    }

    /** Where nothing but the role narrows a caller. */
    TokenClaims(JwtProperties names) {
        this(names, new GrantsProperties(List.of()));
    }

    /** The user id as text, or null when the claim is neither an integer nor a usable text. */
    String userId(Jwt jwt) {
        Object claim = find(jwt.getClaims(), names.userClaim());
        if (claim instanceof Long || claim instanceof Integer) {
            return claim.toString();
        }
        return claim instanceof String text && isText(text, LONGEST_USER_ID) ? text : null;
    }

    /** A name to show; the user id where the token has none. */
    String username(Jwt jwt) {
        return USERNAMES.stream()
                .map(jwt.getClaims()::get)
                .filter(Objects::nonNull)
                .findFirst()
                .map(String.class::cast)
                .orElseGet(() -> userId(jwt));
    }

    /** What is wrong with the claims that name the user, or null. */
    String userFault(Jwt jwt) {
        if (userId(jwt) == null) {
            return "The claim %s is not an integer nor a text of 1 to %d characters."
                    .formatted(names.userClaim(), LONGEST_USER_ID);
        }
        for (String claim : USERNAMES) {
            Object name = jwt.getClaims().get(claim);
            if (name != null) {
                return name instanceof String text && isText(text, LONGEST_USERNAME)
                        ? null
                        : "The claim " + claim + " is not a text.";
            }
        }
        return null;
    }

    /** The strongest role that the token gives, in the order of {@link Role}. */
    Optional<Role> role(Jwt jwt) {
        return theirs(jwt).map(this::ours).flatMap(Optional::stream).min(Role::compareTo);
    }

    /** Why a token gives no role: the claim, what it has, and what would be allowed. */
    String roleFault(Jwt jwt) {
        String allowed =
                names.roles().isEmpty()
                        ? "admin, user, viewer"
                        : String.join(", ", names.roles().keySet());
        String has = String.join(", ", theirs(jwt).toList()).replaceAll("\\p{Cntrl}", " ");
        return find(jwt.getClaims(), names.roleClaim()) == null
                ? "The token has no claim %s; allowed in it: %s."
                        .formatted(names.roleClaim(), allowed)
                : "The claim %s is %s; allowed: %s."
                        .formatted(
                                names.roleClaim(),
                                has.length() > LONGEST_SHOWN
                                        ? has.substring(0, LONGEST_SHOWN) + "…"
                                        : has,
                                allowed);
    }

    /** Those of the table for the user and its groups, and those of the token itself. */
    Grants grants(Jwt jwt) {
        if (table.grants().isEmpty() && names.grantsClaim().isEmpty()) {
            return Grants.EVERYTHING;
        }
        String user = userId(jwt);
        Set<String> groups = texts(jwt, names.groupsClaim()).collect(Collectors.toSet());
        Stream<Grants.Grant> given =
                table.grants().stream()
                        .filter(
                                entry ->
                                        entry.users().contains(user)
                                                || entry.users().contains("*")
                                                || !Collections.disjoint(entry.groups(), groups))
                        .flatMap(
                                entry ->
                                        entry.clusters().stream()
                                                .flatMap(
                                                        cluster ->
                                                                entry.operations().stream()
                                                                        .map(
                                                                                operation ->
                                                                                        new Grants
                                                                                                .Grant(
                                                                                                cluster,
                                                                                                operation))));
        Stream<Grants.Grant> claimed =
                names.grantsClaim().isEmpty()
                        ? Stream.empty()
                        : texts(jwt, names.grantsClaim()).map(Grants.Grant::of);
        return Grants.of(Stream.concat(given, claimed).toList());
    }

    private Stream<String> theirs(Jwt jwt) {
        return texts(jwt, names.roleClaim());
    }

    private static Stream<String> texts(Jwt jwt, String name) {
        Object claim = find(jwt.getClaims(), name);
        Collection<?> values = claim instanceof Collection<?> list ? list : List.of();
        return claim instanceof String text
                ? Stream.of(text)
                : values.stream().filter(String.class::isInstance).map(String.class::cast);
    }

    /** With a map only what it names counts: a foreign "admin" is no admin here by accident. */
    private Optional<Role> ours(String theirs) {
        return Role.of(names.roles().isEmpty() ? theirs : names.roles().get(theirs));
    }

    /** A claim's value, or null. */
    static Object find(Map<?, ?> claims, String name) {
        Object whole = claims.get(name);
        for (int dot = name.indexOf('.');
                whole == null && dot >= 0;
                dot = name.indexOf('.', dot + 1)) {
            if (claims.get(name.substring(0, dot)) instanceof Map<?, ?> inner) {
                whole = find(inner, name.substring(dot + 1));
            }
        }
        return whole;
    }

    /**
     * Control characters and lone surrogates are refused: a user id ends in channel names, rows and
     * the log.
     */
    private static boolean isText(String text, int longest) {
        return !text.isBlank()
                && text.length() <= longest
                && text.codePoints()
                        .noneMatch(
                                c ->
                                        Character.isISOControl(c)
                                                || Character.getType(c) == Character.SURROGATE);
    }
}
