package pinterestplatform.connect.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionWriterTest {
    private static final String FOLDER = "topics/p.pin/partition=3/p.pin+3+";
    private static final TopicPartition AT = new TopicPartition("p.pin", 3);

    private final MemoryStore store = new MemoryStore(1_000, () -> false);
    private long now;

    private PartitionWriter writer(MemoryStore into, int flushSize) {
        return new PartitionWriter(new PartitionFolder(into, "topics", AT, 10), flushSize, 5_000, () -> now);
    }

    private PartitionWriter writer(int flushSize) {
        return writer(store, flushSize);
    }

    private static void deliver(PartitionWriter writer, long offset) {
        if (writer.isNew(offset)) {
            writer.add(offset, (offset + "\n").getBytes(StandardCharsets.UTF_8));
        }
        writer.flushIfDue();
    }

    private static void deliver(PartitionWriter writer, long from, long to) {
        LongStream.range(from, to).forEach(offset -> deliver(writer, offset));
    }

    private void rest(PartitionWriter writer) {
        now += 5_000;
        writer.flushIfDue();
    }

    private List<String> landed() {
        return store.lines().stream()
                .map(line -> line[0].substring(FOLDER.length()) + " " + line[1])
                .collect(Collectors.toList());
    }

    @Test
    void objectsAreNamedByTheirFirstOffsetAndPutWhenFullOrOld() {
        PartitionWriter writer = writer(2);
        deliver(writer, 0, 3);
        assertEquals(List.of("0000000000.json 0", "0000000000.json 1"), landed());
        assertEquals(2, writer.committable());
        assertEquals(5_000, writer.patience());
        now = 4_999;
        writer.flushIfDue();
        assertEquals(1, writer.patience());
        now = 5_000;
        writer.flushIfDue();
        assertEquals("0000000002.json 2", landed().get(2));
        assertEquals(3, writer.committable());
        assertTrue(store.lines().get(0)[0].startsWith(FOLDER));
    }

    @Test
    void anObjectIsPutBeforeItIsTooLarge() {
        PartitionWriter writer = writer(1_000);
        writer.isNew(0);
        writer.add(0, new byte[PartitionWriter.MAX_OBJECT_BYTES]);
        writer.flushIfDue();
        assertEquals(1, writer.committable());
    }

    @Test
    void aRestartWithAnotherFlushSizeAndOffsetsResetRepeatsNothing() {
        deliver(writer(50), 0, 100);
        store.requests = 0;
        PartitionWriter again = writer(30);
        deliver(again, 0, 120);
        rest(again);
        assertEquals(120, landed().size());
        assertEquals("0000000100.json 119", landed().get(119));
        assertTrue(store.requests <= 8, store.requests + " requests to go over two objects and put one");
    }

    @Test
    void readingAgainFromTheMiddleOfAnObjectRepeatsNothing() {
        deliver(writer(50), 0, 100);
        PartitionWriter again = writer(7);
        deliver(again, 20, 114);
        assertEquals(114, landed().size());
        assertEquals("0000000100.json 100", landed().get(100));
    }

    @Test
    void aGapThatWasSkippedIsFilledUpToWhatIsThere() {
        deliver(writer(10), 0, 20);
        deliver(writer(10), 33, 43);
        PartitionWriter again = writer(10);
        deliver(again, 0, 50);
        rest(again);
        assertEquals(50, landed().size());
        assertEquals("0000000030.json 30", landed().get(30));
        assertEquals("0000000043.json 43", landed().get(43));
    }

    @Test
    void aTaskThatDoesNotKnowItIsReplacedDoublesNothing() {
        PartitionWriter old = writer(5);
        deliver(old, 0, 8);
        PartitionWriter replacement = writer(3);
        deliver(replacement, 5, 11);
        deliver(old, 8, 12);
        rest(old);
        deliver(replacement, 11, 14);
        rest(replacement);
        assertEquals(14, landed().size());
        assertEquals(14, landed().stream().map(line -> line.split(" ")[1]).distinct().count());
    }

    @Test
    void recordsLeftOutAreNotWaitedFor() {
        PartitionWriter writer = writer(10);
        assertTrue(writer.isNew(0));
        writer.leaveOut(0);
        assertFalse(writer.isNew(0));
        assertEquals(1, writer.committable());
    }

    @Test
    void anObjectThatHoldsNothingIsSaidToBeInTheWay() {
        store.putIfAbsent(FOLDER + "0000000000.json", new byte[0], 0);
        PartitionWriter writer = writer(1);
        ConnectException error = assertThrows(ConnectException.class, () -> deliver(writer, 0));
        assertTrue(error.getMessage().contains(FOLDER + "0000000000.json is in the way"), error.getMessage());
    }

    @Test
    void strangersAndOtherPartitionsAreNotTakenForObjects() {
        for (String name : List.of("0000000000.json.tmp", "x.json", "00.json", "99999999999999999999999.json")) {
            store.putIfAbsent(FOLDER + name, new byte[0], 1_000);
        }
        store.putIfAbsent("topics/p.pin/partition=30/p.pin+30+0000000000.json", new byte[0], 1_000);
        assertTrue(writer(1).isNew(0));
    }

    @Test
    void aPartitionThatBeginsFarFromZeroIsLookedAtInAFewRequests() {
        assertTrue(writer(1).isNew(9_000_000_000L));
        assertTrue(store.requests <= 9, store.requests + " requests");
    }

    /**
     * Tasks die at any time and continue from the offsets of another task, beside a task that does not know that it was
     * replaced. While no task is alive, offsets are set anywhere. Any flush size; each fourth request to S3 fails.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverHappensEachOffsetIsLandedOnce(long seed) {
        Random dice = new Random(seed);
        boolean[] calm = {false};
        MemoryStore shaky = new MemoryStore(3, () -> !calm[0] && dice.nextInt(4) == 0);
        List<Long> log = new ArrayList<>();
        for (long offset = 0; offset < 2_000; offset += dice.nextInt(10) == 0 ? 1 + dice.nextInt(5) : 1) {
            log.add(offset);
        }
        List<PartitionWriter> writers = new ArrayList<>();
        List<Integer> positions = new ArrayList<>();
        List<Integer> committed = new ArrayList<>(List.of(0));
        for (int step = 0; step < 3_000; step++) {
            int event = dice.nextInt(300);
            if (event == 0) {
                writers.clear();
                positions.clear();
                committed = new ArrayList<>(List.of(dice.nextInt(log.size())));
            } else if (event < 6 && !writers.isEmpty()) {
                int dead = dice.nextInt(writers.size());
                writers.remove(dead);
                positions.remove(dead);
            }
            if (writers.isEmpty() || event >= 294 && writers.size() < 3) {
                writers.add(writer(shaky, 1 + dice.nextInt(60)));
                positions.add(committed.get(dice.nextInt(committed.size())));
            }
            int who = dice.nextInt(writers.size());
            now += dice.nextInt(300);
            positions.set(who, poll(writers.get(who), log, positions.get(who), 1 + dice.nextInt(20)));
            long offset = writers.get(who).committable();
            if (offset > 0) {
                int read = (int) log.stream().filter(other -> other < offset).count();
                committed.add(Math.min(read, positions.get(who)));
            }
        }
        calm[0] = true;
        PartitionWriter last = writer(shaky, 25);
        log.forEach(offset -> deliver(last, offset));
        rest(last);
        List<Long> landed = shaky.lines().stream().map(line -> Long.valueOf(line[1])).collect(Collectors.toList());
        List<Long> missing = new ArrayList<>(log);
        missing.removeAll(landed);
        assertEquals(List.of(), missing, "lost");
        assertEquals(log.size(), landed.size(), "landed twice");
        shaky.lines().forEach(line -> assertTrue(Long.parseLong(line[1]) >= start(line[0]), line[0]));
    }

    private static long start(String key) {
        return Long.parseLong(key.substring(FOLDER.length(), FOLDER.length() + 10));
    }

    /** One delivery. If it throws, the position stays, so that the records are delivered again. */
    private static int poll(PartitionWriter writer, List<Long> log, int position, int count) {
        int end = Math.min(log.size(), position + count);
        try {
            writer.flushIfDue();
            log.subList(position, end).forEach(offset -> deliver(writer, offset));
            return end;
        } catch (RetriableException error) {
            return position;
        }
    }
}
