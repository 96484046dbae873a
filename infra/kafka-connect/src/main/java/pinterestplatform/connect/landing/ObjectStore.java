package pinterestplatform.connect.landing;

import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;

/**
 * Where objects are kept. What they are called and what is in them is not known here.
 *
 * <p>Each method throws {@link RetriableException} where trying again later may help, and {@link ConnectException},
 * saying what to do, where it will not.
 */
interface ObjectStore extends AutoCloseable {
    /** The bucket exists and can be listed. */
    void check();

    /** Creates an object; false, with nothing done, where there is one of that key. */
    boolean putIfAbsent(String key, byte[] content, long nextOffset);

    /** Keys that begin with {@code prefix} and come after {@code startAfter}, in order: some of the first, or none. */
    List<String> list(String prefix, String startAfter);

    /** The offset after the last one in an object. */
    long nextOffset(String key, long startOffset);

    @Override
    void close();
}
