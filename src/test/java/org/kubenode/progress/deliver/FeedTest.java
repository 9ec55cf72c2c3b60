package org.kubenode.progress.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kubenode.progress.wire.Frame;
import org.kubenode.progress.wire.FrameType;
import org.kubenode.progress.wire.NodeResults;
import org.kubenode.progress.wire.Notification;
import org.kubenode.progress.wire.WireCodec;

class FeedTest {

    private static final String TASK = "task-1";
    private static final Instant START = Instant.parse("2026-11-23T10:00:00.000Z");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final WireCodec codec = new WireCodec();
    private final Counts counts = new Counts();
    private final Delivery delivery = new Delivery(codec, counts, new Reads(4));

    /** The rows, as far as they are committed. */
    private long committed;

    private long total = 1_000;
    private boolean ended;
    private String rowUser = "1";
    private Instant endedAt = START.plusSeconds(1);
    private long epoch = 1;

    /** Messages that are no rows any more. */
    private LongPredicate removed = seq -> false;

    /** Reads that were asked for and not answered yet. */
    private final List<Step.Read> reads = new ArrayList<>();

    /** What each socket got: its seqs, a snapshot as a negative one. */
    private final Map<Object, List<Long>> received = new LinkedHashMap<>();

    private final Map<Object, List<String>> texts = new LinkedHashMap<>();

    @Test
    void deliversInOrderAndDropsWhatCameTwice() {
        Subscriber a = connect("a", "1", false);

        arrive(1);
        answerAll();
        arrive(2, 3);
        arrive(2);
        arrive(3);
        arrive(4);
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L);
        assertThat(counts.duplicates).isEqualTo(2);
    }

    @Test
    void whatAnOwnerShowedBeforeItLostTheTaskIsReplacedByTheRowsOfTheNext() {
        Subscriber a = connect("a", "1", false);
        arrive(1, 2);
        answerAll();
        arriveProvisional(1, 3, 4, 5, 6);
        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);

        epoch = 2;
        arrive(3);
        arrive(4);
        answerAll();
        arrive(5);

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, -4L, 5L);
    }

    @Test
    void theRowsOfTheNextOwnerAreTakenAlsoWhereTheyEndEarlier() {
        Subscriber a = connect("a", "1", false);
        arrive(1, 2);
        answerAll();
        arriveProvisional(1, 3, 4, 5, 6);

        epoch = 2;
        committed = 3;
        work(delivery.rewind(TASK));
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, -3L);
    }

    @Test
    void thePollFindsTheEndOfTheNextOwnerAlsoBehindWhatTheFirstOneShowed() {
        Subscriber a = connect("a", "1", false);
        arrive(1, 2);
        answerAll();
        arriveProvisional(1, 3, 4, 5);
        assertThat(delivery.behind(List.of(row(1, 2, "running")))).isEmpty();

        epoch = 2;
        committed = 4;
        total = 3;
        ended = true;
        for (Notification news : delivery.behind(List.of(row(2, 4, "completed")))) {
            work(delivery.arrived(news, null));
        }
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L, 5L, -4L);
        assertThat(delivery.behind(List.of(row(2, 4, "completed")))).isEmpty();
    }

    @Test
    void nothingIsShownOfAnOwnerThatDoesNotKnowYetThatItIsNone() {
        Subscriber a = connect("a", "1", false);
        epoch = 2;
        arrive(1, 2);
        answerAll();
        arriveProvisional(1, 3, 4, 5);
        arrive(3);

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void noStateIsShownFromItsMemoryAfterMessagesOfTheNextOwner() {
        Subscriber a = connect("a", "1", false);
        arrive(1, 2);
        answerAll();
        work(delivery.join(a, Map.of(TASK, -1L)));
        Step.Read read = reads.remove(0);
        NodeResults nodes = new NodeResults(List.of("node-1"), List.of());
        TaskRows memory = new TaskRows("1", frame(6), null, List.of(), nodes, false);
        epoch = 2;
        arrive(3);
        work(delivery.answered(read.feed(), memory));
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, -3L);
    }

    @Test
    void whatAnOwnerHoldsIsNotShownAfterMessagesOfTheNext() {
        Subscriber a = connect("a", "1", false);
        arrive(1, 2);
        answerAll();
        arriveProvisional(1, 6, 7, 8);
        epoch = 2;
        arrive(3, 4, 5);
        answerAll();
        assertOnlyTheNextOwnerIsShownAfterFive(a, 6, 7, 8);
    }

    /** After five messages, of which the last are of epoch 2, come those that epoch 1 held. */
    private void assertOnlyTheNextOwnerIsShownAfterFive(Subscriber a, long... heldByTheFirst) {
        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L, 5L);

        arriveProvisional(1, heldByTheFirst);
        answerAll();
        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L, 5L);

        arrive(6);
        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }

    @Test
    void aTaskThatWasStoredBeforeSomebodyConnectedIsDueOnlyIfItIsListed() {
        connect("a", "1", false);
        total = 2;
        ended = true;
        arrive(1, 2, 3);
        answerAll();

        Subscriber unlisted = connect("unlisted", "1", false);
        Subscriber listed = connectDue("listed", "1");
        answerAll();

        assertThat(seqs(unlisted)).isEmpty();
        assertThat(seqs(listed)).containsExactly(-3L);
    }

    @Test
    void aTaskThatIsShownBeforeItIsStoredIsNotUnknown() {
        Subscriber a = open("a", "1", false);
        work(delivery.listed(a, Map.of(TASK, 0L), START));
        Step.Read read = reads.remove(0);
        arriveProvisional(1, 1, 2, 3);
        work(delivery.answered(read.feed(), null));

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L);
        assertThat(texts.get("a")).noneMatch(text -> text.contains("gone"));
    }

    @Test
    void aTaskThatBeganAndEndedAfterTheListIsShownWhateverTheClocksOfReplicasSay() {
        Subscriber a = connect("a", "1", false);
        total = 2;
        ended = true;
        committed = 3;
        work(delivery.arrived(Notification.reference(TASK, "1", 1, 3, FrameType.COMPLETE), "poll"));
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void fillsAGapFromTheRowsWithOneRead() {
        Subscriber a = connect("a", "1", false);
        arrive(1);
        answerAll();

        arrive(5);
        arrive(6);
        arrive(7);

        assertThat(seqs(a)).containsExactly(1L);
        assertThat(reads).hasSize(1);
        answerAll();
        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(counts.gaps).isPositive();
    }

    @Test
    void readsAReferenceFromTheRows() {
        Subscriber a = connect("a", "1", false);
        committed = 3;

        work(delivery.arrived(Notification.reference(TASK, "1", 1, 3, FrameType.PROGRESS), "poll"));
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void pagesThroughALongGap() {
        Subscriber a = connect("a", "1", false);
        committed = 1_300;
        total = 2_000;

        work(
                delivery.arrived(
                        Notification.reference(TASK, "1", 1, 1_300, FrameType.PROGRESS), "poll"));
        answerAll();

        assertThat(seqs(a))
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 1_300).boxed().toList());
    }

    @Test
    void dropsASeqThatWasNeverWritten() {
        Subscriber a = connect("a", "1", false);
        arrive(1);
        answerAll();
        long before = committed;

        arriveForged(900);
        answerAll();
        committed = before;
        arrive(2);
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L);
    }

    @Test
    void theRowsUserDecidesNotTheNotifications() {
        Subscriber victim = connect("victim", "1", false);
        Subscriber owner = connect("owner", "2", false);
        rowUser = "2";

        arrive(1);
        answerAll();

        assertThat(seqs(victim)).isEmpty();
        assertThat(seqs(owner)).containsExactly(1L);
    }

    @Test
    void aTerminalMessageIsReadFromTheRowsWithItsNodes() throws Exception {
        Subscriber a = connect("a", "1", false);
        total = 3;
        arrive(1, 2, 3);
        answerAll();
        ended = true;

        arrive(4);
        assertThat(seqs(a)).containsExactly(1L, 2L, 3L);
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L);
        JsonNode last = JSON.readTree(texts.get(a.socket()).get(3));
        assertThat(last.get("type").asText()).isEqualTo("complete");
        assertThat(last.get("success_nodes")).hasSize(3);
        assertThat(last.has("snapshot")).isFalse();
    }

    @Test
    void aForgedEndOfARunningTaskIsDropped() {
        Subscriber a = connect("a", "1", false);
        arrive(1, 2);
        answerAll();
        long before = committed;

        work(delivery.arrived(Notification.of(List.of(terminal(3))), "postgres"));
        committed = before;
        answerAll();
        arrive(3);
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L);
        assertThat(texts.get(a.socket()).get(2)).contains("\"type\":\"progress\"");
    }

    @Test
    void aSnapshotComesFirstAndNothingIsMissedOrRepeatedAfterIt() {
        committed = 5;
        Subscriber a = connectDue("a", "1");

        // Live frames while the snapshot is being read.
        work(delivery.arrived(Notification.of(List.of(frame(6))), "postgres"));
        work(delivery.arrived(Notification.of(List.of(frame(7))), "postgres"));
        answerAll();
        committed = 8;
        work(delivery.arrived(Notification.of(List.of(frame(8))), "postgres"));
        answerAll();

        assertThat(seqs(a).get(0)).isIn(-5L, -7L);
        long at = -seqs(a).get(0);
        assertThat(seqs(a).subList(1, seqs(a).size()))
                .containsExactlyElementsOf(LongStream.rangeClosed(at + 1, 8).boxed().toList());
    }

    @Test
    void manyWhoComeTogetherShareOneSnapshot() {
        committed = 5;
        List<Subscriber> crowd = new ArrayList<>();
        List<Feed> turns = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Subscriber one = open("crowd-" + i, "1", false);
            crowd.add(one);
            turns.addAll(delivery.listed(one, Map.of(TASK, -1L), START));
        }
        work(turns);
        int asked = reads.size();
        answerAll();

        assertThat(asked).isEqualTo(1);
        assertThat(crowd).allSatisfy(one -> assertThat(seqs(one)).containsExactly(-5L));
    }

    @Test
    void resumesExactlyAfterWhatTheClientHas() {
        committed = 10;
        Subscriber a = open("a", "1", false);
        work(delivery.listed(a, Map.of(TASK, 4L), START));
        answerAll();

        assertThat(seqs(a)).containsExactly(5L, 6L, 7L, 8L, 9L, 10L);
    }

    @Test
    void resumesFromWhatWasSentLatelyWithoutARead() {
        Subscriber first = connect("first", "1", false);
        arrive(1);
        answerAll();
        for (long seq = 2; seq <= 50; seq++) {
            arrive(seq);
        }
        assertThat(seqs(first)).hasSize(50);

        Subscriber second = open("second", "1", false);
        work(delivery.listed(second, Map.of(TASK, 40L), START));

        assertThat(reads).isEmpty();
        assertThat(seqs(second))
                .containsExactlyElementsOf(LongStream.rangeClosed(41, 50).boxed().toList());
    }

    @Test
    void aClientAheadOfTheRowsGetsASnapshot() {
        committed = 3;
        Subscriber a = open("a", "1", false);
        work(delivery.listed(a, Map.of(TASK, 9L), START));
        answerAll();

        assertThat(seqs(a)).containsExactly(-3L);
    }

    @Test
    void anUnknownOrForeignTaskIsGone() {
        rowUser = "2";
        committed = 3;
        Subscriber a = open("a", "1", false);
        work(delivery.listed(a, Map.of(TASK, 0L), START));
        answerAll();

        assertThat(texts.get(a.socket()))
                .containsExactly(
                        "{\"type\":\"error\",\"task_id\":\"task-1\",\"error\":\"unknown"
                                + " task\",\"gone\":true}");
    }

    @Test
    void whoLacksMessagesOfATaskThatWasRemovedIsToldSoAndTheRowsAreAskedOnce() {
        Subscriber a = connect("a", "1", false);
        total = 1_000;
        for (long seq = 1; seq <= Feed.RECENT + 10; seq++) {
            arrive(seq);
            answerAll();
        }
        Subscriber late = open("late", "1", false);
        work(delivery.listed(late, Map.of(TASK, 1L), START));
        assertThat(reads).hasSize(1);

        work(delivery.answered(reads.remove(0).feed(), null));

        assertThat(reads).isEmpty();
        assertThat(texts.get(late.socket())).singleElement().asString().contains("\"gone\":true");
        assertThat(seqs(a)).endsWith(Feed.RECENT + 10L);
    }

    @Test
    void aTaskThatBeganAfterTheListIsDeliveredFromItsFirstMessage() {
        Subscriber a = connect("a", "1", false);
        committed = 3;

        // The first two notifications were lost.
        work(delivery.arrived(Notification.of(List.of(frame(3))), "postgres"));
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aTaskThatEndedBeforeTheListAndWasNotDueIsNotReplayed() {
        endedAt = START.minusMillis(1);
        committed = 4;
        total = 3;
        ended = true;
        Subscriber a = connect("a", "1", false);

        work(delivery.arrived(Notification.reference(TASK, "1", 1, 4, FrameType.COMPLETE), "poll"));
        answerAll();

        assertThat(seqs(a)).isEmpty();
    }

    /** Its notifications were lost, and no poll has news: nobody said that the end is stored. */
    @Test
    void anEndThatWasShownFromMemoryIsNotReplayedToWhoCameAfterItWasStored() {
        Subscriber a = connect("a", "1", false);
        total = 3;
        arriveProvisional(1, 1, 2, 3);
        work(delivery.arrived(Notification.notYetDurable(List.of(terminal(4))), "memory"));
        Step.Read read = reads.remove(0);
        NodeResults nodes = new NodeResults(List.of("node-1", "node-2", "node-3"), List.of());
        work(
                delivery.answered(
                        read.feed(),
                        new TaskRows("1", terminal(4), null, List.of(), nodes, false)));
        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, -4L);

        committed = 4;
        ended = true;
        endedAt = START.minusMillis(1);
        Subscriber later = connect("later", "1", false);
        answerAll();
        assertThat(seqs(later)).isEmpty();

        // It named the task: it gets it, and nobody else does.
        Subscriber named = open("named", "1", false);
        work(delivery.listed(named, Map.of(TASK, 0L), START));
        answerAll();
        assertThat(seqs(named)).containsExactly(1L, 2L, 3L, 4L);
        assertThat(seqs(later)).isEmpty();
    }

    @Test
    void anEndThatIsStillNotStoredIsShownToWhoComes() {
        connect("a", "1", false);
        total = 3;
        arriveProvisional(1, 1, 2, 3);
        work(delivery.arrived(Notification.notYetDurable(List.of(terminal(4))), "memory"));
        NodeResults nodes = new NodeResults(List.of("node-1", "node-2", "node-3"), List.of());
        TaskRows memory = new TaskRows("1", terminal(4), null, List.of(), nodes, false);
        work(delivery.answered(reads.remove(0).feed(), memory));

        Subscriber later = connect("later", "1", false);
        assertThat(reads).hasSize(1);
        work(delivery.answered(reads.remove(0).feed(), memory));

        assertThat(reads).isEmpty();
        assertThat(seqs(later)).containsExactly(-4L);
    }

    /** Its end was acknowledged, or too many ended later: the list of what is due says so. */
    @Test
    void thePollHasNoNewsOfATaskThatEndedBeforeAnybodyHereCame() {
        List<Map<String, Object>> before = List.of(endedRow(4, START.minusMillis(1)));
        List<Map<String, Object>> after = List.of(endedRow(4, START));
        open("unlisted", "1", false);
        assertThat(delivery.behind(after)).isEmpty();

        connect("a", "1", false);
        connect("another", "2", false);
        assertThat(delivery.behind(before)).isEmpty();
        assertThat(delivery.behind(after)).hasSize(1);
    }

    @Test
    void afterItsEndATaskTakesNothingThatTheRowsDoNotHave() {
        Subscriber a = connect("a", "1", false);
        total = 3;
        arrive(1, 2, 3);
        ended = true;
        arrive(4);
        answerAll();

        total = 10;
        work(delivery.arrived(Notification.of(List.of(frame(5))), "postgres"));
        work(delivery.arrived(Notification.of(List.of(terminal(5))), "postgres"));
        work(
                delivery.arrived(
                        Notification.reference(TASK, "1", 9, 9, FrameType.ERROR), "postgres"));

        assertThat(reads).isEmpty();
        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void anEpochThatTheRowsDoNotHaveIsDroppedWithItsFrames() {
        Subscriber a = connect("a", "1", false);
        arrive(1, 2);
        answerAll();
        epoch = 1_000_000;
        Frame forged = frame(3);
        Frame early = frame(2);
        epoch = 1;

        work(delivery.arrived(Notification.of(List.of(forged)), "postgres"));
        work(delivery.arrived(Notification.of(List.of(early)), "postgres"));
        assertThat(seqs(a)).containsExactly(1L, 2L);
        answerAll();
        arrive(3);
        arriveProvisional(1, 4);

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L);
        assertThat(texts.get(a.socket())).noneMatch(text -> text.contains("1000000"));
        assertThat(texts.get(a.socket())).noneMatch(text -> text.contains("snapshot"));
    }

    @Test
    void newsOfATaskThatNamesAnotherUserIsDropped() {
        Subscriber a = connect("a", "1", false);
        connect("b", "2", false);
        arrive(1);
        answerAll();

        rowUser = "2";
        work(delivery.arrived(Notification.of(List.of(ofUser("2", frame(2)))), "postgres"));
        assertThat(seqs(a)).containsExactly(1L);
    }

    @Test
    void whatNobodyKnowsIsLookedUpOnceAMomentAndNotKept() {
        connect("a", "1", false);
        int lookUps = 0;
        for (int i = 0; i < 1_000; i++) {
            work(
                    delivery.arrived(
                            Notification.reference(TASK, "1", 1, 1 + i, FrameType.PROGRESS),
                            "postgres"));
            lookUps += reads.size();
            for (Step.Read read : List.copyOf(reads)) {
                reads.remove(read);
                work(delivery.answered(read.feed(), null));
            }
        }

        assertThat(lookUps).isEqualTo(1);
        assertThat(delivery.followed()).isZero();
    }

    /** The nodes' last messages and the end stay; what lies between is gone. */
    @Test
    void whoGoesOnWithATaskThatRetentionReducedIsGivenASnapshot() {
        total = 10;
        committed = 11;
        ended = true;
        removed = seq -> seq % 2 == 0;
        Subscriber a = open("a", "1", false);
        work(delivery.listed(a, Map.of(TASK, 3L), START));
        answerAll();
        Subscriber whole = open("whole", "1", false);
        work(delivery.listed(whole, Map.of(TASK, 10L), START));
        answerAll();

        assertThat(seqs(a)).containsExactly(-11L);
        assertThat(seqs(whole)).containsExactly(11L);
    }

    @Test
    void whoIsBehindOthersInATaskThatRetentionReducedIsGivenASnapshot() {
        total = 10;
        Subscriber atHead = connect("head", "1", false);
        ended = true;
        arrive(LongStream.rangeClosed(1, 11).toArray());
        answerAll();
        work(delivery.sweep());
        removed = seq -> seq % 2 == 0;
        Subscriber behind = open("behind", "1", false);
        work(delivery.listed(behind, Map.of(TASK, 3L), START));
        for (int answers = 0; answers < 5 && !reads.isEmpty(); answers++) {
            answer(reads.remove(0));
        }

        assertThat(seqs(atHead)).endsWith(11L).hasSize(11);
        assertThat(seqs(behind)).containsExactly(-11L);
    }

    @Test
    void whoSeesEverybodysTasksSeesThisOne() {
        Subscriber viewer = connect("viewer", "9", true);
        Subscriber other = connect("other", "8", false);

        arrive(1);
        answerAll();

        assertThat(seqs(viewer)).containsExactly(1L);
        assertThat(seqs(other)).isEmpty();
    }

    @Test
    void whatIsNotDurableIsMarkedAndFollowedByTheRestWithoutRepeat() throws Exception {
        Subscriber a = connect("a", "1", false);

        work(delivery.arrived(Notification.notYetDurable(List.of(frame(1))), "memory"));
        work(delivery.arrived(Notification.notYetDurable(List.of(frame(2))), "memory"));
        arrive(1, 2, 3);
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L);
        assertThat(JSON.readTree(texts.get(a.socket()).get(1)).get("durable").booleanValue())
                .isFalse();
        assertThat(JSON.readTree(texts.get(a.socket()).get(2)).has("durable")).isFalse();
    }

    @Test
    void afterARewindEverybodyStartsAgainFromTheRows() {
        Subscriber a = connect("a", "1", false);
        arrive(1, 2);
        answerAll();
        work(delivery.arrived(Notification.notYetDurable(List.of(frame(3), frame(4))), "memory"));

        committed = 2;
        work(delivery.rewind(TASK));
        answerAll();
        arrive(3);
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, 2L, 3L, 4L, -2L, 3L);
    }

    @Test
    void anErrorBeginsAnewFromTheRowsInsteadOfSilencingTheTask() {
        Subscriber a = connect("a", "1", false);
        arrive(1);
        answerAll();

        counts.fail = true;
        arrive(1);
        answerAll();
        arrive(2);
        answerAll();

        assertThat(seqs(a)).containsExactly(1L, -1L, 2L);
    }

    @Test
    void aTaskNobodyFollowsIsForgottenButAnEndedOneNotWhileItsUserIsHere() {
        Subscriber a = connect("a", "1", false);
        total = 1;
        arrive(1);
        ended = true;
        arrive(2);
        answerAll();
        Subscriber still = connect("still", "1", false);

        work(delivery.close(a));
        work(delivery.sweep());
        assertThat(delivery.followed()).isEqualTo(1);

        work(delivery.close(still));
        work(delivery.sweep());
        assertThat(delivery.followed()).isZero();
    }

    /** Whatever comes, in whichever order: each socket applies every seq once, in order. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void nothingIsLostRepeatedOrReorderedWhateverHappens(long seed) {
        Random random = new Random(seed);
        total = 400;
        long last = total + 1;
        List<Subscriber> all = new ArrayList<>();
        all.add(connect("first", "1", false));
        Map<Subscriber, Long> resumedFrom = new LinkedHashMap<>();
        long announced = 0;
        while (announced < last) {
            switch (random.nextInt(10)) {
                case 0 -> {
                    Subscriber late = open("late-" + all.size(), "1", random.nextBoolean());
                    all.add(late);
                    long since = random.nextInt(3) == 0 ? -1 : random.nextLong(committed + 1);
                    resumedFrom.put(late, since);
                    work(delivery.listed(late, Map.of(TASK, since), START));
                }
                case 1, 2 -> answerOne(random);
                case 3 -> {
                    // Lost: committed, never announced.
                    committed = Math.min(last, committed + 1 + random.nextInt(3));
                    ended = committed == last;
                }
                case 4 -> {
                    if (committed > 0) {
                        announce(1 + random.nextLong(committed), committed);
                    }
                }
                default -> {
                    long from = committed + 1;
                    committed = Math.min(last, committed + 1 + random.nextInt(4));
                    ended = committed == last;
                    if (from <= committed) {
                        announce(from, committed);
                        announced = committed;
                    } else {
                        announce(committed, committed);
                        announced = committed;
                    }
                }
            }
        }
        answerAll();

        for (Subscriber subscriber : all) {
            long at = resumedFrom.getOrDefault(subscriber, 0L);
            List<Long> seqs = seqs(subscriber);
            int i = 0;
            if (at < 0) {
                at = -seqs.get(0);
                i = 1;
            }
            assertThat(seqs.subList(i, seqs.size()))
                    .as("%s from %d", subscriber.socket(), at)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(at + 1, last).boxed().toList());
        }
    }

    private void announce(long from, long to) {
        List<Frame> frames = new ArrayList<>();
        for (long seq = from; seq <= to; seq++) {
            frames.add(seq == total + 1 ? terminal(seq) : frame(seq));
        }
        work(delivery.arrived(Notification.of(frames), "postgres"));
    }

    private static Map<String, Object> row(long epoch, long lastSeq, String status) {
        return Map.of(
                "task_id",
                TASK,
                "user_id",
                "1",
                "epoch",
                epoch,
                "last_seq",
                lastSeq,
                "status",
                status);
    }

    private static Map<String, Object> endedRow(long lastSeq, Instant at) {
        Map<String, Object> row = new LinkedHashMap<>(row(1, lastSeq, "completed"));
        row.put("completed_at", at.toString());
        return row;
    }

    private void arriveProvisional(long byEpoch, long... seqs) {
        long now = epoch;
        epoch = byEpoch;
        List<Frame> frames = new ArrayList<>();
        for (long seq : seqs) {
            frames.add(frame(seq));
        }
        epoch = now;
        work(delivery.arrived(Notification.notYetDurable(frames), "memory"));
    }

    private Subscriber open(String socket, String userId, boolean all) {
        Subscriber subscriber = new Subscriber(socket, userId, all);
        received.put(socket, new ArrayList<>());
        texts.put(socket, new ArrayList<>());
        delivery.open(subscriber);
        return subscriber;
    }

    private Subscriber connect(String socket, String userId, boolean all) {
        Subscriber subscriber = open(socket, userId, all);
        work(delivery.listed(subscriber, Map.of(), START));
        return subscriber;
    }

    private Subscriber connectDue(String socket, String userId) {
        Subscriber subscriber = open(socket, userId, false);
        work(delivery.listed(subscriber, Map.of(TASK, -1L), START));
        return subscriber;
    }

    private void arrive(long... seqs) {
        List<Frame> frames = new ArrayList<>();
        for (long seq : seqs) {
            committed = Math.max(committed, seq);
            frames.add(ended && seq == total + 1 ? terminal(seq) : frame(seq));
        }
        work(delivery.arrived(Notification.of(frames), "postgres"));
    }

    private void arriveForged(long seq) {
        work(delivery.arrived(Notification.of(List.of(frame(seq))), "postgres"));
    }

    private void work(List<Feed> turns) {
        turns.forEach(this::work);
    }

    private void work(Feed turn) {
        Step step = turn == null ? null : delivery.next(turn);
        while (step != null) {
            if (step instanceof Step.Send send) {
                send.messages().forEach(message -> deliver(send.sockets(), message.text()));
            } else {
                reads.add((Step.Read) step);
            }
            step = delivery.next(turn);
        }
    }

    private void deliver(Collection<Object> sockets, String text) {
        try {
            JsonNode json = JSON.readTree(text);
            for (Object socket : sockets) {
                texts.get(socket).add(text);
                if (json.has("seq")) {
                    long seq = json.get("seq").longValue();
                    received.get(socket).add(json.path("snapshot").booleanValue() ? -seq : seq);
                }
            }
        } catch (java.io.IOException e) {
            throw new AssertionError(text, e);
        }
    }

    private void answerOne(Random random) {
        if (!reads.isEmpty()) {
            answer(reads.remove(random.nextInt(reads.size())));
        }
    }

    private void answerAll() {
        while (!reads.isEmpty()) {
            answer(reads.remove(0));
        }
    }

    private void answer(Step.Read read) {
        List<Frame> messages = new ArrayList<>();
        long upTo = Math.min(committed, read.since() + read.limit());
        for (long seq = read.since() + 1; seq <= upTo; seq++) {
            if (!removed.test(seq)) {
                messages.add(ended && seq == total + 1 ? terminal(seq) : frame(seq));
            }
        }
        Frame state = ended && committed == total + 1 ? terminal(committed) : frame(committed);
        NodeResults nodes =
                read.nodes()
                        ? new NodeResults(
                                LongStream.rangeClosed(1, Math.min(committed, total))
                                        .mapToObj(n -> "node-" + n)
                                        .toList(),
                                List.of())
                        : null;
        work(
                delivery.answered(
                        read.feed(),
                        new TaskRows(
                                rowUser,
                                state,
                                state.type().terminal() ? endedAt : null,
                                messages,
                                nodes,
                                true)));
    }

    private List<Long> seqs(Subscriber subscriber) {
        return received.get(subscriber.socket());
    }

    private Frame frame(long seq) {
        return new Frame(
                TASK,
                "1",
                FrameType.PROGRESS,
                "cordon",
                "test",
                epoch,
                seq,
                (int) seq,
                (int) total,
                "node-" + seq,
                "succeeded",
                null,
                (int) seq,
                0,
                "Processed node-" + seq,
                null,
                START);
    }

    private static Frame ofUser(String user, Frame f) {
        return new Frame(
                f.taskId(),
                user,
                f.type(),
                f.action(),
                f.clusterName(),
                f.epoch(),
                f.seq(),
                f.current(),
                f.total(),
                f.currentNode(),
                f.nodeStatus(),
                f.nodeError(),
                f.successCount(),
                f.failedCount(),
                f.message(),
                f.error(),
                f.timestamp());
    }

    private Frame terminal(long seq) {
        return new Frame(
                TASK,
                "1",
                FrameType.COMPLETE,
                "cordon",
                "test",
                epoch,
                seq,
                (int) total,
                (int) total,
                null,
                null,
                null,
                (int) total,
                0,
                "Completed",
                null,
                START);
    }

    private static final class Counts implements DeliveryListener {
        private int duplicates;
        private int gaps;
        private boolean fail;

        @Override
        public void delivered(Frame frame, String path) {}

        @Override
        public void duplicatesDropped(int messages) {
            duplicates += messages;
            if (fail) {
                fail = false;
                throw new IllegalStateException("as if there were a defect");
            }
        }

        @Override
        public void gapFilled() {
            gaps++;
        }
    }
}
