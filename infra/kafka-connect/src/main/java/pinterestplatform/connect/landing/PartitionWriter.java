package pinterestplatform.connect.landing;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Lands each record of one topic partition exactly once, regardless of earlier objects and their writers.
 *
 * <p>Records are collected in one open object, which is written when it is full or old. The store, never the committed
 * offsets, shows what has landed. The writer asks it at the first record, at each object in the way, and when a key
 * already exists. It therefore does not matter where reading begins, how earlier objects were split, or whether another
 * task still writes.
 *
 * <p>After a method throws, later calls make up for everything that it left undone.
 */
final class PartitionWriter {
    /** An open object is held in memory and sent as a whole. */
    static final int MAX_OBJECT_BYTES = 16 << 20;

    private final PartitionFolder folder;
    private final int flushSize;
    private final long maxAge;
    private final LongSupplier clock;
    private final Deque<Line> open = new ArrayDeque<>();
    private long openBytes;
    private long openedAt;
    /** Records before this offset have landed, are given up or are in the open object. */
    private long next;
    /** All objects that have landed before this offset are known. Initially unknown. */
    private long clear = Long.MIN_VALUE;

    PartitionWriter(PartitionFolder folder, int flushSize, long maxAge, LongSupplier clock) {
        this.folder = folder;
        this.flushSize = flushSize;
        this.maxAge = maxAge;
        this.clock = clock;
    }

    /** Whether a record has not landed yet. */
    boolean isNew(long offset) {
        if (offset >= next && offset >= clear) {
            flush();
            look(offset);
        }
        return offset >= next;
    }

    /** Adds the line of a new record. */
    void add(long offset, byte[] line) {
        if (open.isEmpty()) {
            openedAt = clock.getAsLong();
        }
        open.add(new Line(offset, line));
        openBytes += line.length;
        next = offset + 1;
    }

    /** Skips a new record. */
    void leaveOut(long offset) {
        next = offset + 1;
    }

    /** Writes the open object if it is full or old. */
    void flushIfDue() {
        if (open.size() >= flushSize || openBytes >= MAX_OBJECT_BYTES || age() >= maxAge) {
            flush();
        }
    }

    /** Milliseconds until the open object is old, or the maximum age if no object is open. */
    long patience() {
        return open.isEmpty() ? maxAge : Math.max(1, maxAge - age());
    }

    /** The offset to commit: records from here on have not landed. 0 before the first record. */
    long committable() {
        return open.isEmpty() ? next : open.getFirst().offset;
    }

    private long age() {
        return open.isEmpty() ? 0 : clock.getAsLong() - openedAt;
    }

    private void flush() {
        while (!open.isEmpty()) {
            long start = open.getFirst().offset;
            if (start >= clear) {
                drop(look(start));
            } else {
                put(start);
            }
        }
    }

    private void put(long start) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        long end = start;
        for (Line line : open) {
            if (line.offset >= clear) {
                break;
            }
            content.writeBytes(line.text);
            end = line.offset + 1;
        }
        if (folder.putIfAbsent(start, content.toByteArray(), end)) {
            drop(end);
            return;
        }
        long landed = look(start);
        if (landed <= start) {
            throw new ConnectException("Object " + folder.key(start) + " is in the way: it has this key but no record"
                    + " with this offset. Inspect it, move it away and restart the task.");
        }
        drop(landed);
    }

    /** Finds the landed objects around an offset. Returns the offset up to which records have landed. */
    private long look(long offset) {
        LandedRange landed = folder.around(offset);
        next = Math.max(next, landed.end);
        clear = landed.following;
        return landed.end;
    }

    private void drop(long end) {
        while (!open.isEmpty() && open.getFirst().offset < end) {
            openBytes -= open.removeFirst().text.length;
        }
    }

    private static final class Line {
        private final long offset;
        private final byte[] text;

        private Line(long offset, byte[] text) {
            this.offset = offset;
            this.text = text;
        }
    }
}
