package pinterestplatform.connect.landing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** How answers of S3 are interpreted. A server of this test sends them over HTTP. */
class S3ObjectStoreTest {
    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();
    private HttpServer server;
    private S3ObjectStore store;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath() + " "
                    + exchange.getRequestHeaders().getFirst("If-None-Match") + " "
                    + exchange.getRequestHeaders().getFirst("x-amz-meta-next-offset"));
            String[] answer = (answers.size() > 1 ? answers.poll() : answers.peek()).split(" ", 3);
            exchange.getResponseHeaders()
                    .set("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(Instant.now().atOffset(ZoneOffset.UTC)));
            String error = String.format("<Error><Code>%s</Code><Message>m</Message></Error>", answer[1]);
            byte[] body = (answer.length > 2 ? answer[2] : error).getBytes(StandardCharsets.UTF_8);
            boolean empty = exchange.getRequestMethod().equals("HEAD") || answer[0].equals("200") && answer.length < 3;
            exchange.sendResponseHeaders(Integer.parseInt(answer[0]), empty ? -1 : body.length);
            if (!empty) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        server.start();
        store = new S3ObjectStore("bucket", "eu-west-1", "http://127.0.0.1:" + server.getAddress().getPort(),
                StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")));
    }

    @AfterEach
    void stop() {
        store.close();
        server.stop(0);
    }

    private boolean put() {
        return store.putIfAbsent("k.json", "{}\n".getBytes(StandardCharsets.UTF_8), 7);
    }

    @Test
    void anObjectIsPutOnlyWhereThereIsNone() {
        answers.add("200 OK");
        assertTrue(put());
        assertEquals(List.of("PUT /bucket/k.json * 7"), asked);
        answers.add("412 PreconditionFailed");
        answers.poll();
        assertFalse(put());
    }

    @Test
    void anObjectOfAnotherWriterIsReadToItsEnd() {
        answers.addAll(List.of("200 OK", "200 OK {\"_offset\": 40}\n{\"_offset\": 47}\n"));
        assertEquals(48, store.nextOffset("k.json", 40));
    }

    @ParameterizedTest
    @CsvSource({
        "503,SlowDown", "500,InternalError", "429,TooManyRequests", "408,RequestTimeout", "400,RequestTimeout",
        "409,ConditionalRequestConflict", "403,RequestTimeTooSkewed"
    })
    void whatMayPassIsTriedAgain(String status, String code) {
        answers.add(status + " " + code);
        RetriableException error = assertThrows(RetriableException.class, this::put);
        assertTrue(error.getMessage().contains("s3://bucket"), error.getMessage());
    }

    @Test
    void aShortHiccupIsNotEvenNoticed() {
        answers.addAll(List.of("503 SlowDown", "403 RequestTimeTooSkewed", "200 OK"));
        assertTrue(put());
        assertEquals(3, asked.size());
    }

    @Test
    void aServiceThatIsNotThereIsTriedAgain() {
        server.stop(0);
        assertThrows(RetriableException.class, this::put);
    }

    @Test
    void aServiceThatDiesBeforeItReadsTheBodyIsTriedAgain() throws IOException {
        server.stop(0);
        try (ServerSocket dying = new ServerSocket(server.getAddress().getPort(), 50, server.getAddress().getAddress())) {
            Thread closing = new Thread(() -> endAllThatAsk(dying));
            closing.start();
            assertThrows(RetriableException.class, this::put);
        }
    }

    private static void endAllThatAsk(ServerSocket dying) {
        while (!dying.isClosed()) {
            try (Socket asking = dying.accept()) {
                asking.getInputStream().read(new byte[4096]);
            } catch (IOException closed) {
                return;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "404,NoSuchBucket,Create the bucket", "403,AccessDenied,Grant the worker", "301,PermanentRedirect,s3.region",
        "400,InvalidRequest,store.url"
    })
    void whatWillNotPassIsFatalAndSaysWhatToDo(String status, String code, String advice) {
        answers.add(status + " " + code);
        ConnectException error = assertThrows(ConnectException.class, this::put);
        assertFalse(error instanceof RetriableException);
        assertTrue(error.getMessage().contains(advice), error.getMessage());
        assertTrue(error.getMessage().contains("put k.json in s3://bucket (eu-west-1"), error.getMessage());
    }

    @Test
    void aBucketThatIsNotThereIsSeenAtTheStart() {
        answers.add("404 NoSuchBucket");
        ConnectException error = assertThrows(ConnectException.class, store::check);
        assertTrue(error.getMessage().contains("Create the bucket"), error.getMessage());
    }
}
