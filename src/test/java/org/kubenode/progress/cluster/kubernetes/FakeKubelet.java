package org.kubenode.progress.cluster.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Ends pods that are told to go, where no kubelet runs. */
final class FakeKubelet implements AutoCloseable {

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

    FakeKubelet(KubernetesClient admin) {
        executor.scheduleWithFixedDelay(() -> endPods(admin), 200, 200, TimeUnit.MILLISECONDS);
    }

    private static void endPods(KubernetesClient admin) {
        for (Pod pod : admin.pods().inAnyNamespace().list().getItems()) {
            if (pod.getMetadata().getDeletionTimestamp() != null) {
                admin.resource(pod).withGracePeriod(0).delete();
            }
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
