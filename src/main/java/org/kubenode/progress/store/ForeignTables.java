package org.kubenode.progress.store;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;

/**
 * Tables of another program that have the names of ours, where ours would be made. Our default
 * database has the name that kube-node-manager's has, and two of its tables are named so too.
 */
final class ForeignTables {

    /** Ours have had {@link #OUR_COLUMN} from the first version on. */
    private static final List<String> NAMES = List.of("progress_tasks", "progress_messages");

    private static final String OUR_COLUMN = "epoch";

    private final String schema;

    /**
     * @param schema the one of {@code database.schema}, or empty for where the connection makes
     *     tables
     */
    ForeignTables(String schema) {
        this.schema = schema;
    }

    /**
     * @throws FlywayException with what an operator can do, when there are such tables: a migration
     *     would fail at them, again and again
     */
    void refuse(DataSource source) {
        List<String> found = new ArrayList<>();
        try (Connection connection = source.getConnection()) {
            String at = schema.isEmpty() ? connection.getSchema() : schema;
            for (String name : NAMES) {
                List<String> columns = columns(connection.getMetaData(), at, name);
                if (!columns.isEmpty() && !columns.contains(OUR_COLUMN)) {
                    found.add(name);
                }
            }
        } catch (SQLException e) {
            throw new FlywayException(e.getMessage(), e);
        }
        if (!found.isEmpty()) {
            throw new FlywayException(
                    "it holds tables of another program (%s), as kube-node-manager's does; give database.schema, or another database"
                            .formatted(String.join(", ", found)));
        }
    }

    private static List<String> columns(DatabaseMetaData data, String schema, String table)
            throws SQLException {
        List<String> columns = new ArrayList<>();
        try (ResultSet row =
                data.getColumns(null, literal(data, schema), literal(data, table), null)) {
            while (row.next()) {
                columns.add(row.getString("COLUMN_NAME"));
            }
        }
        return columns;
    }

    /** The names are patterns there, and an underscore stands for any character. */
    private static String literal(DatabaseMetaData data, String name) throws SQLException {
        return name == null ? null : name.replace("_", data.getSearchStringEscape() + "_");
    }
}
