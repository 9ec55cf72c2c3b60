package org.kubenode.progress.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class EverySubscriptionListenerTest {

    @Test
    void oneThatThrowsDoesNotKeepItFromTheOthers() {
        List<String> told = new ArrayList<>();
        SubscriptionListener throwing = listener(what -> fail());
        EverySubscriptionListener every =
                new EverySubscriptionListener(List.of(throwing, listener(told::add)));
        every.subscribed("a");
        every.lost("b", new IOException());
        every.attemptFailed("c", new IOException());
        assertThat(told).containsExactly("subscribed a", "lost b", "failed c");
    }

    private static void fail() {
        throw new StackOverflowError("a bad listener");
    }

    private static SubscriptionListener listener(Consumer<String> told) {
        return new SubscriptionListener() {
            @Override
            public void subscribed(String endpointName) {
                told.accept("subscribed " + endpointName);
            }

            @Override
            public void lost(String endpointName, Throwable why) {
                told.accept("lost " + endpointName);
            }

            @Override
            public void attemptFailed(String endpointName, Throwable why) {
                told.accept("failed " + endpointName);
            }
        };
    }
}
