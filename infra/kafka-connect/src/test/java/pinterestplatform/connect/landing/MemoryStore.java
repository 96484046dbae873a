package pinterestplatform.connect.landing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.RetriableException;

/** Objects in memory. It fails on request, before or after it does its work. */
final class MemoryStore implements ObjectStore {
    private final Map<String, byte[]> objects = new TreeMap<>();
    private final Map<String, Long> ends = new TreeMap<>();
    private final int page;
    private final BooleanSupplier fails;
    int requests;

    MemoryStore(int page, BooleanSupplier fails) {
        this.page = page;
        this.fails = fails;
    }

    @Override
    public void check() {}

    @Override
    public boolean putIfAbsent(String key, byte[] content, long nextOffset) {
        request();
        boolean absent = objects.putIfAbsent(key, content) == null;
        if (absent) {
            ends.put(key, nextOffset);
        }
        request();
        return absent;
    }

    @Override
    public List<String> list(String prefix, String startAfter) {
        request();
        return objects.keySet().stream()
                .filter(key -> key.startsWith(prefix) && key.compareTo(startAfter) > 0)
                .limit(page)
                .collect(Collectors.toList());
    }

    @Override
    public long nextOffset(String key, long startOffset) {
        request();
        return ends.get(key);
    }

    @Override
    public void close() {}

    /** Lines of all objects of a partition, in the order of their keys, each with the object's key. */
    List<String[]> lines() {
        List<String[]> lines = new ArrayList<>();
        objects.forEach((key, content) -> new String(content, StandardCharsets.UTF_8)
                .lines()
                .forEach(line -> lines.add(new String[] {key, line})));
        return lines;
    }

    private void request() {
        requests++;
        if (fails.getAsBoolean()) {
            throw new RetriableException("told to fail");
        }
    }
}
