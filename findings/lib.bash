# Sourced by every finding: a temporary folder to work in, the clients of the registries, and the verdict.
set -euo pipefail
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
cd "$work"

# jars GROUP:ARTIFACT:VERSION ... : these and all that they need, into lib/
jars() {
  {
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    echo '<groupId>local</groupId><artifactId>finding</artifactId><version>1</version><dependencies>'
    local jar
    for jar in "$@"; do
      IFS=: read -r group artifact version <<< "$jar"
      echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version></dependency>"
    done
    echo '</dependencies></project>'
  } > pom.xml
  mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DoutputDirectory="$work/lib" -DincludeScope=runtime > maven.log 2>&1 || { tail -5 maven.log >&2; exit 2; }
}

# java_says: runs the program on standard input (class Finding) with lib/ and prints what it prints
java_says() {
  cat > Finding.java
  timeout 120 java -XX:TieredStopAtLevel=1 -cp 'lib/*' Finding.java 2> java.log || { tail -5 java.log >&2; exit 2; }
}

# verdict WHAT EXPECTED KNOWN SEEN : one paragraph; fails when what is seen is not what is known
verdict() {
  printf '%s\n  most expect: %s\n  seen:        %s\n' "$1" "$2" "$4"
  [ "$3" = "$4" ] || { printf '  CHANGED, it was: %s\n' "$3"; exit 1; }
}
