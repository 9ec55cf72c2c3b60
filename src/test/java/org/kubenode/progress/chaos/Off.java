package org.kubenode.progress.chaos;

import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import org.kubenode.progress.websocket.Outbound;
import org.kubenode.progress.wire.Notification;

/**
 * What takes the place of a safeguard. Each is copied into the class under test, so it names only
 * what that class can see.
 */
final class Off {

    private Off() {}

    /** The method does nothing and gives false, zero or null. */
    static final class Nothing {
        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean enter() {
            return true;
        }
    }

    static final class AlwaysTrue {
        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false) boolean result) {
            result = true;
        }
    }

    static final class OneHour {
        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false) Duration result) {
            result = Duration.ofHours(1);
        }
    }

    /** The circuit trusts a new subscription without having read what was missed. */
    static final class NoCatchUp {
        @Advice.OnMethodEnter
        static void enter(@Advice.FieldValue(value = "catchUp", readOnly = false) boolean due) {
            due = false;
        }
    }

    /** A gap is stepped over. */
    static final class OverTheGap {
        @Advice.OnMethodEnter
        static void enter(
                @Advice.FieldValue("verified") boolean verified,
                @Advice.FieldValue("ahead") TreeMap<Long, ?> ahead,
                @Advice.FieldValue(value = "head", readOnly = false) long head) {
            if (verified && !ahead.isEmpty() && ahead.firstKey() > head + 1) {
                head = ahead.firstKey() - 1;
            }
        }
    }

    /** What comes again is taken for new. */
    static final class Again {
        @Advice.OnMethodEnter
        static void enter(
                @Advice.Argument(0) Notification notification,
                @Advice.FieldValue("verified") boolean verified,
                @Advice.FieldValue(value = "head", readOnly = false) long head) {
            if (verified && notification.seq() <= head) {
                head = notification.seq() - Math.max(1, notification.messages().size());
            }
        }
    }

    /** Another epoch is no reason to give a task up. */
    static final class SameEpoch {
        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false) String why) {
            if (why != null && why.startsWith("another replica owns it")) {
                why = null;
            }
        }
    }

    /** What was sent and not answered is forgotten. */
    static final class Forget {
        @Advice.OnMethodEnter
        static void enter(
                @Advice.Argument(value = 0, typing = Assigner.Typing.DYNAMIC) Object lane) {
            try {
                java.lang.reflect.Field sent = lane.getClass().getDeclaredField("sent");
                sent.setAccessible(true);
                sent.set(lane, List.of());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A message after skipped ones is sent as if there had been none. */
    static final class Silently {
        @Advice.OnMethodExit
        static void exit(
                @Advice.This Outbound message, @Advice.Return(readOnly = false) String text) {
            text = message.text();
        }
    }
}
