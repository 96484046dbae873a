package pinterestplatform.connect.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonLineTest {
    private static final String PROVENANCE = "\"_topic\":\"p.pin\",\"_partition\":2,\"_offset\":70,\"_kafka_ts\":1700}\n";

    private static String line(Object value) {
        return line(null, value);
    }

    private static String line(Object key, Object value) {
        SinkRecord record = new SinkRecord(
                "p.pin", 2, null, key, null, value, 70, 1700L, TimestampType.CREATE_TIME);
        return new String(JsonLine.of(record), StandardCharsets.UTF_8);
    }

    private static String lineOf(String value) {
        return line(value.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "\"index\":123456789012345678901234567890",
        "\"d\":1.50,\"e\":1e400,\"f\":0.1000000000000000055511151231257827",
        "\"b\":1,\"a\":{\"_offset\":5},\"b\":2",
        "\"s\":\"\\u00e9 é 🧁 \\ud83d } \\\"_offset\\\":1\\n\"",
        " \"a\" : [ 1 , 2 ]",
    })
    void keepsTheTextOfFields(String fields) {
        assertEquals("{" + fields + "," + PROVENANCE, lineOf("{" + fields + "}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", " { } ", "{\n}\r\n"})
    void anEmptyObjectSaysWhereItCameFrom(String value) {
        assertEquals(PROVENANCE, lineOf(value).replaceFirst("^\\{ *", ""));
    }

    @Test
    void lineBreaksBetweenTokensBecomeBlanks() {
        assertEquals("{  \"a\":  [1,  2]," + PROVENANCE, lineOf("{\n \"a\":\r\n[1,\n 2]\n}\n"));
    }

    @Test
    void whatAValueSaysOfItsOffsetIsLeftOut() {
        assertEquals(
                "{\"a\": \"x\",\"b\":[1]," + PROVENANCE,
                lineOf("{\"_offset\": 5, \"a\": \"x\", \"\\u005ftopic\":{\"z\":1}, \"b\":[1], \"_kafka_ts\":\"y\" }"));
        assertEquals("{" + PROVENANCE, lineOf("{\"_partition\":1}"));
    }

    @Test
    void depthAndLengthAreNoReasonToRefuse() {
        String deep = "\"a\":" + "[".repeat(5_000) + "]".repeat(5_000) + ",\"n\":" + "9".repeat(2_000);
        assertEquals("{" + deep + "," + PROVENANCE, lineOf("{" + deep + "}"));
        String old = "{\"_offset\":1,\"long\":\"" + "é\\n".repeat(400_000) + "\"}";
        assertEquals("{" + old.substring(13, old.length() - 1) + "," + PROVENANCE, lineOf(old));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "hello", "5", "null", "[1]", "\"a\"", "{", "{\"a\":1", "{\"a\":1}}", "{}{}", "{} 5", "{'a':1}", "{a:1}",
        "{\"a\":NaN}", "{\"a\":01}", "{\"a\":1,}", "{\"a\":\"x\ny\"}", "{\"a\":\"\u0000\"}", "\uFEFF{}", "{\"a\":\"\\x\"}",
    })
    void whatIsNotOneJsonObjectIsRefused(String value) {
        String message = assertThrows(DataException.class, () -> lineOf(value)).getMessage();
        assertTrue(message.contains("expected one JSON object"), message);
    }

    @Test
    void otherEncodingsAreRefused() {
        assertThrows(DataException.class, () -> line(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}));
        assertThrows(DataException.class, () -> line("{\"a\":1}".getBytes(StandardCharsets.UTF_16LE)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "7|7",
        "{\"ind\":7}|{\\\"ind\\\":7}",
        "é 🧁 \\|é 🧁 \\\\",
    })
    void aTombstoneSaysItsKey(String key, String written) {
        assertEquals("{\"_tombstone\":\"" + written + "\"," + PROVENANCE, line(key, null));
    }

    @Test
    void aValueIsNoTombstoneWhateverItSays() {
        assertEquals("{\"a\":1," + PROVENANCE, lineOf("{\"a\":1,\"_tombstone\":\"7\"}"));
    }

    @Test
    void aTombstoneWithoutAKeyIsRefused() {
        String message = assertThrows(DataException.class, () -> line(null)).getMessage();
        assertTrue(message.startsWith("tombstone without a key"), message);
    }

    @Test
    void aKeyThatIsNoTextIsAMistakeNotADeadLetter() {
        ConnectException error = assertThrows(ConnectException.class, () -> line(new byte[] {55}, null));
        assertFalse(error instanceof DataException);
        assertTrue(error.getMessage().contains("StringConverter"), error.getMessage());
    }

    @Test
    void anotherConverterIsAMistakeNotADeadLetter() {
        ConnectException error = assertThrows(ConnectException.class, () -> line("{}"));
        assertFalse(error instanceof DataException);
        assertTrue(error.getMessage().contains("ByteArrayConverter"), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"a\":1}~{\"a\":2}~|42",
        "{\"a\":1}~not JSON|42",
        "{\"a\":{\"_offset\":900},\"_offset\":40}~{\"_offset\":55}~|56",
        "''|40",
    })
    void whereAnObjectOfAnotherWriterEnds(String content, long end) {
        assertEquals(end, JsonLine.end(content.replace('~', '\n').getBytes(StandardCharsets.UTF_8), 40));
    }
}
