package pinterestplatform.connect.landing;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Lands the records of one topic partition, each once, whatever was landed before and by whom.
 *
 * <p>Records gather in one open object; it is put when it is full or old. What is landed is asked of the store, never
 * concluded from committed offsets: at the first record, at each object that is in the way, and when a put finds its
 * key taken. So it does not matter where reading begins, how objects were cut then, or that another task still writes.
 *
 * <p>A method that throws has changed nothing that a later call does not make up for.
 */
final class PartitionWriter {
    /** An open object is held in memory and sent whole. */
    static final int MAX_OBJECT_BYTES = 16 << 20;

    private final PartitionFolder folder;
    private final int flushSize;
    private final long maxAge;
    private final LongSupplier clock;
    private final Deque<Line> open = new ArrayDeque<>();
    private long openBytes;
    private long openedAt;
    /** Records below it are landed, given up or in the open object. */
    private long next;
    /** Up to here nothing is landed that is not known of; unknown as yet. */
    private long clear = Long.MIN_VALUE;

    PartitionWriter(PartitionFolder folder, int flushSize, long maxAge, LongSupplier clock) {
        this.folder = folder;
        this.flushSize = flushSize;
        this.maxAge = maxAge;
        this.clock = clock;
    }

    /** Whether a record is still to be landed. */
    boolean isNew(long offset) {
        if (offset >= next && offset >= clear) {
            flush();
            look(offset);
        }
        return offset >= next;
    }

    /** Takes the line of a new record. */
    void add(long offset, byte[] line) {
        if (open.isEmpty()) {
            openedAt = clock.getAsLong();
        }
        open.add(new Line(offset, line));
        openBytes += line.length;
        next = offset + 1;
    }

    /** Leaves a new record out. */
    void leaveOut(long offset) {
        next = offset + 1;
    }

    /** Puts the open object if it is full or old. */
    void flushIfDue() {
        if (open.size() >= flushSize || openBytes >= MAX_OBJECT_BYTES || age() >= maxAge) {
            flush();
        }
    }

    /** Milliseconds until the open object is old; the longest possible where nothing is open. */
    long patience() {
        return open.isEmpty() ? maxAge : Math.max(1, maxAge - age());
    }

    /** The offset to commit, from which on records are not landed; 0 before the first record. */
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
            throw new ConnectException("Object " + folder.key(start) + " is in the way: it has that key and no record"
                    + " of that offset. Look at it, move it away and restart the task.");
        }
        drop(landed);
    }

    /** Asks what is landed around an offset; the offset up to which it is. */
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
