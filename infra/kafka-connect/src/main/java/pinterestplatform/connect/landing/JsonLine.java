package pinterestplatform.connect.landing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The line of a record: its value as it was sent, with the record's origin in the last fields.
 *
 * <p>The text of the value is kept, not parsed and serialized: integers beyond 64 bits, decimals, escapes and the order
 * of fields stay unchanged. Line breaks between tokens become spaces. Fields of the value that have the names written
 * here are left out. A record without value, a tombstone, becomes a line with its key.
 */
final class JsonLine {
    private static final String OFFSET = "_offset";
    private static final String TOMBSTONE = "_tombstone";
    private static final Set<String> PROVENANCE = Set.of("_topic", "_partition", OFFSET, "_kafka_ts", TOMBSTONE);
    /** No limits here: the broker limits the size of a record, and this code does not recurse. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private JsonLine() {}

    /**
     * The line of a record with its line end, in UTF-8.
     *
     * @throws DataException the value is not one JSON object in UTF-8, or there is neither value nor key
     * @throws ConnectException the value's converter does not return bytes, or the key's converter does not return text
     */
    static byte[] of(SinkRecord record) {
        String fields = (record.value() == null ? tombstone(record) : value(record)).replace('\n', ' ').replace('\r', ' ');
        String line = "{" + fields + (fields.isBlank() ? "" : ",")
                + "\"_topic\":\"" + record.topic() + "\",\"_partition\":" + record.kafkaPartition()
                + ",\"" + OFFSET + "\":" + record.kafkaOffset() + ",\"_kafka_ts\":" + record.timestamp() + "}\n";
        return line.getBytes(StandardCharsets.UTF_8);
    }

    private static String tombstone(SinkRecord record) {
        if (record.key() == null) {
            throw new DataException("tombstone without a key: the record has no value, expected one JSON object");
        }
        if (!(record.key() instanceof String)) {
            throw new ConnectException("key.converter gives " + record.key().getClass().getName()
                    + ", expected text: set it to org.apache.kafka.connect.storage.StringConverter");
        }
        String key = new String(JsonStringEncoder.getInstance().quoteAsString((String) record.key()));
        return "\"" + TOMBSTONE + "\":\"" + key + "\"";
    }

    private static String value(SinkRecord record) {
        if (!(record.value() instanceof byte[])) {
            throw new ConnectException("value.converter gives " + record.value().getClass().getName()
                    + ", expected bytes: set it to org.apache.kafka.connect.converters.ByteArrayConverter");
        }
        return fields(decode((byte[]) record.value()));
    }

    /** The offset after the last one in an object: from the {@code _offset} of its lines, or by counting the lines. */
    static long end(byte[] content, long startOffset) {
        long end = startOffset;
        for (String line : new String(content, StandardCharsets.UTF_8).lines().toArray(String[]::new)) {
            end = Math.max(end, offset(line, end) + 1);
        }
        return end;
    }

    private static long offset(String line, long otherwise) {
        try (JsonParser parser = JSON.createParser(line)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT && name.equals(OFFSET)) {
                        return parser.getLongValue();
                    }
                    parser.skipChildren();
                }
            }
        } catch (IOException error) {
            return otherwise;
        }
        return otherwise;
    }

    private static String decode(byte[] value) {
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value));
            return text.toString();
        } catch (CharacterCodingException error) {
            throw new DataException("not UTF-8: expected one JSON object in UTF-8", error);
        }
    }

    /** The text between the braces of an object, without the fields that are written here. */
    private static String fields(String text) {
        List<String> own = new ArrayList<>();
        boolean cut = false;
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new DataException("not a JSON object: expected one JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                int from = (int) parser.currentTokenLocation().getCharOffset();
                boolean provenance = PROVENANCE.contains(parser.currentName());
                parser.nextToken();
                parser.skipChildren();
                parser.finishToken();
                if (provenance) {
                    cut = true;
                } else {
                    own.add(text.substring(from, (int) parser.currentLocation().getCharOffset()));
                }
            }
            if (parser.nextToken() != null) {
                throw new DataException("more than one JSON value: expected one JSON object");
            }
        } catch (JsonProcessingException error) {
            throw new DataException("not JSON: expected one JSON object: " + error.getOriginalMessage(), error);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        return cut ? String.join(",", own) : text.substring(text.indexOf('{') + 1, text.lastIndexOf('}')).stripTrailing();
    }
}
