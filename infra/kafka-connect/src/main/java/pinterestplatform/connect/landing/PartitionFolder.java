package pinterestplatform.connect.landing;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** One topic partition in the store: names its objects, and finds the landed objects around an offset. */
final class PartitionFolder {
    private static final String SUFFIX = ".json";
    /** How many offsets before the wanted one a search begins, and the factor by which this grows. */
    private static final long WINDOW = 1;
    private static final long WIDER = 32;

    private final ObjectStore store;
    private final String prefix;
    private final int padWidth;

    PartitionFolder(ObjectStore store, String topicsDir, TopicPartition at, int padWidth) {
        this.store = store;
        this.padWidth = padWidth;
        prefix = String.format(
                "%s/%s/partition=%d/%s+%d+", topicsDir, at.topic(), at.partition(), at.topic(), at.partition());
    }

    /** Key of the object whose first record has {@code startOffset}. */
    String key(long startOffset) {
        return prefix + String.format("%0" + padWidth + "d", startOffset) + SUFFIX;
    }

    /** Creates the object with records from {@code startOffset} to before {@code nextOffset}. False if it exists. */
    boolean putIfAbsent(long startOffset, byte[] content, long nextOffset) {
        return store.putIfAbsent(key(startOffset), content, nextOffset);
    }

    /**
     * Finds the landed objects around an offset.
     *
     * <p>Listings only go forward. The search therefore begins right before the offset, where the object is when all
     * records are read again. While it finds nothing, it begins further away. This takes a few requests.
     */
    LandedRange around(long offset) {
        for (long window = WINDOW; ; window *= WIDER) {
            long from = offset - window;
            long floor = -1;
            long following = Long.MAX_VALUE;
            String after = from > 0 ? key(from) : prefix;
            for (List<String> page = store.list(prefix, after); !page.isEmpty(); page = store.list(prefix, after)) {
                for (String key : page) {
                    long start = startOffset(key);
                    if (start > offset) {
                        following = Math.min(following, start);
                    } else {
                        floor = Math.max(floor, start);
                    }
                }
                if (following < Long.MAX_VALUE) {
                    break;
                }
                after = page.get(page.size() - 1);
            }
            if (floor >= 0 || from <= 0) {
                return new LandedRange(floor < 0 ? 0 : store.nextOffset(key(floor), floor), following);
            }
        }
    }

    /** The start offset in a key, or -1 if it is not the key of a landing object. */
    private long startOffset(String key) {
        String digits = key.endsWith(SUFFIX) ? key.substring(prefix.length(), key.length() - SUFFIX.length()) : "";
        long start = digits.matches("0*\\d{1,18}") ? Long.parseLong(digits) : -1;
        return start >= 0 && key(start).equals(key) ? start : -1;
    }
}
