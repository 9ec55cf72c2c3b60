package org.kubenode.progress.store;

import java.sql.SQLException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.sqlite.SQLiteErrorCode;

/** What a failed statement means for a repetition, by SQLSTATE (PostgreSQL, appendix A). */
public enum SqlFailure {
    /** Nothing was written, and others fare the same: no connection, or a locked SQLite file. */
    UNREACHABLE,
    /** The link broke (class 08, 57P01 to 57P03): whether it was committed is unknown. */
    LINK,
    /** Nothing was written, and it may do next time: 40, 55P03, 57014, 53 and what is unknown. */
    REPEAT,
    /** Something in the data was refused: 22 and 23. */
    DATA,
    /** A limit was reached (54): among them, the server's queue of notifications is full. */
    LIMIT,
    /** A notification was refused, by its length (22023). */
    NOTIFICATION;

    /** Judges by the first SQLException among the causes. */
    public static SqlFailure of(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof CannotGetJdbcConnectionException) {
                return UNREACHABLE;
            }
            if (cause instanceof SQLException failure) {
                return of(failure);
            }
        }
        return REPEAT;
    }

    /**
     * Whether a statement that reads failed for what the rows hold, and would again: class 22, also
     * 22023, which is said of JSON of another shape; of malformed JSON SQLite says nothing more
     * than that there was an error.
     */
    public static boolean isOfContent(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException failure) {
                return failure.getSQLState() == null
                        ? of(failure) == DATA
                                || failure.getErrorCode() == SQLiteErrorCode.SQLITE_ERROR.code
                        : failure.getSQLState().startsWith("22");
            }
        }
        return false;
    }

    /** One line for people, the innermost message; drivers put no credential into it. */
    public static String reason(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return text.lines().findFirst().orElse("").strip();
    }

    private static SqlFailure of(SQLException failure) {
        String state = failure.getSQLState();
        if (state == null) {
            return ofSqlite(failure.getErrorCode());
        }
        if (state.startsWith("08") || state.startsWith("57P") || state.equals("25006")) {
            return LINK;
        }
        if (state.startsWith("54")) {
            return LIMIT;
        }
        if (state.equals("22023")) {
            return NOTIFICATION;
        }
        if (state.startsWith("22") || state.startsWith("23")) {
            return DATA;
        }
        return REPEAT;
    }

    private static SqlFailure ofSqlite(int code) {
        int primary = code & 0xff;
        if (primary == SQLiteErrorCode.SQLITE_CONSTRAINT.code
                || primary == SQLiteErrorCode.SQLITE_MISMATCH.code
                || primary == SQLiteErrorCode.SQLITE_TOOBIG.code) {
            return DATA;
        }
        // Only after the whole busy time-out: another process keeps it, and all writes wait.
        if (primary == SQLiteErrorCode.SQLITE_BUSY.code
                || primary == SQLiteErrorCode.SQLITE_LOCKED.code) {
            return UNREACHABLE;
        }
        if (primary == SQLiteErrorCode.SQLITE_IOERR.code
                || primary == SQLiteErrorCode.SQLITE_CANTOPEN.code
                || primary == SQLiteErrorCode.SQLITE_FULL.code
                || primary == SQLiteErrorCode.SQLITE_READONLY.code) {
            return LINK;
        }
        return REPEAT;
    }
}
