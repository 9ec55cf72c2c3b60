package org.kubenode.progress.firstrun;

import java.nio.file.Path;

/** Joins the shared database, says its port, and leaves when its input ends. */
final class SharingProcess {

    private SharingProcess() {}

    public static void main(String[] args) throws Exception {
        try (SharedDatabase database =
                SharedDatabase.join(Commands.forThisUser(), Path.of(args[0]))) {
            System.out.println("port " + database.port());
            while (System.in.read() >= 0) {
                // Until the test has seen enough.
            }
        }
    }
}
