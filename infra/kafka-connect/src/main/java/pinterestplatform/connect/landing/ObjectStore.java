package pinterestplatform.connect.landing;

import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;

/**
 * A store of objects. It does not know the meaning of their keys and contents.
 *
 * <p>Each method throws {@link RetriableException} if a retry may help. Otherwise it throws {@link ConnectException},
 * whose message says what to do.
 */
interface ObjectStore extends AutoCloseable {
    /** Checks that the bucket exists and can be listed. */
    void check();

    /** Creates an object. Returns false, without a change, if the key exists. */
    boolean putIfAbsent(String key, byte[] content, long nextOffset);

    /** The first keys in order that begin with {@code prefix} and come after {@code startAfter}, or an empty list. */
    List<String> list(String prefix, String startAfter);

    /** The offset after the last one in an object. */
    long nextOffset(String key, long startOffset);

    @Override
    void close();
}
