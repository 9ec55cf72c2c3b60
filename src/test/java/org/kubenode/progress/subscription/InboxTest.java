package org.kubenode.progress.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class InboxTest {

    private final Inbox<String> inbox = new Inbox<>(1);

    @Test
    void aFullOneHoldsTheWriterBackUntilThereIsRoom() throws Exception {
        inbox.put("first");
        CompletableFuture<Void> second = CompletableFuture.runAsync(() -> inbox.put("second"));
        await().until(inbox::isPutWaiting);
        assertThat(inbox.take()).isEqualTo("first");
        await().until(second::isDone);
        assertThat(inbox.isPutWaiting()).isFalse();
        assertThat(inbox.take()).isEqualTo("second");
    }

    @Test
    void closingLetsTheWriterGo() {
        inbox.put("first");
        CompletableFuture<Void> second = CompletableFuture.runAsync(() -> inbox.put("second"));
        await().until(inbox::isPutWaiting);
        inbox.close();
        await().until(second::isDone);
    }

    @Test
    void closingLetsTheReaderGoAndDropsTheRest() throws Exception {
        CompletableFuture<String> taken =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return inbox.take();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        inbox.close();
        await().until(taken::isDone);
        assertThat(taken.join()).isNull();
        inbox.put("late");
        assertThat(inbox.take()).isNull();
    }
}
