#!/usr/bin/env bash
# sqlite-jdbc: executeUpdate of an UPDATE with RETURNING works on a Statement; on a PreparedStatement it throws and changes nothing.
. "$(dirname "$0")/lib.bash"
jars org.xerial:sqlite-jdbc:3.49.1.0 org.slf4j:slf4j-nop:2.0.17
seen=$(java_says <<'JAVA'
import java.sql.*;

class Finding {
    public static void main(String[] args) throws Exception {
        String update = "UPDATE t SET n = n + 1 RETURNING n";
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t AS SELECT 0 AS n");
            System.out.print("Statement " + statement.executeUpdate(update));
            try (PreparedStatement prepared = connection.prepareStatement(update)) {
                System.out.print("; PreparedStatement " + prepared.executeUpdate());
            } catch (SQLException e) {
                System.out.print("; PreparedStatement throws");
            }
            System.out.print("; stored " + statement.executeQuery("SELECT n FROM t").getInt(1));
        }
    }
}
JAVA
)
verdict 'sqlite-jdbc 3.49.1.0: executeUpdate of UPDATE ... RETURNING, by both kinds of statement' \
  'Statement throws; PreparedStatement throws; stored 0' 'Statement 1; PreparedStatement throws; stored 1' "$seen"
