package pinterestplatform.connect.landing;

import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A bucket of S3, or of a compatible service that supports {@code If-None-Match} on PUT. */
final class S3ObjectStore implements ObjectStore {
    private static final String NEXT_OFFSET = "next-offset";
    private static final int PRECONDITION_FAILED = 412;
    /** Request timeout, concurrent conditional write, too many requests: all are temporary. */
    private static final Set<Integer> PASSING = Set.of(408, 409, 429);
    /** The code of S3 for a body that arrived too slowly, with status 400. */
    private static final String REQUEST_TIMEOUT = "RequestTimeout";
    /** Listings need only the next few keys. */
    private static final int PAGE = 100;
    /** Far less than the time that a consumer may take between two polls. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String bucket;
    private final String where;
    private final AwsCredentialsProvider credentials;
    private final S3Client client;

    S3ObjectStore(String bucket, String region, String url) {
        this(bucket, region, url, DefaultCredentialsProvider.builder().build());
    }

    S3ObjectStore(String bucket, String region, String url, AwsCredentialsProvider credentials) {
        this.bucket = bucket;
        this.credentials = credentials;
        where = "s3://" + bucket + " (" + region + (url.isEmpty() ? "" : ", " + url) + ")";
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(region))
                .credentialsProvider(credentials)
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(Duration.ofSeconds(5))
                        .socketTimeout(Duration.ofSeconds(10)))
                .overrideConfiguration(override -> override.apiCallTimeout(PATIENCE));
        if (!url.isEmpty()) {
            builder.endpointOverride(URI.create(url)).forcePathStyle(true);
        }
        client = builder.build();
    }

    @Override
    public void check() {
        try {
            credentials.resolveCredentials();
        } catch (SdkClientException error) {
            throw new ConnectException("No AWS credentials for " + where + ". Give the worker a role, or set"
                    + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. " + error.getMessage(), error);
        }
        asking("list", () -> client.headBucket(request -> request.bucket(bucket)));
    }

    @Override
    public boolean putIfAbsent(String key, byte[] content, long nextOffset) {
        return asking("put " + key, () -> {
            try {
                client.putObject(
                        request -> request.bucket(bucket)
                                .key(key)
                                .ifNoneMatch("*")
                                .contentType("application/json")
                                .metadata(Map.of(NEXT_OFFSET, Long.toString(nextOffset))),
                        RequestBody.fromBytes(content));
                return true;
            } catch (S3Exception error) {
                if (error.statusCode() == PRECONDITION_FAILED) {
                    return false;
                }
                throw error;
            }
        });
    }

    @Override
    public List<String> list(String prefix, String startAfter) {
        return asking("list " + prefix, () -> client
                .listObjectsV2(request -> request.bucket(bucket).prefix(prefix).startAfter(startAfter).maxKeys(PAGE))
                .contents()
                .stream()
                .map(S3Object::key)
                .collect(Collectors.toList()));
    }

    /** From the object's metadata, or from its lines if another writer left no metadata. */
    @Override
    public long nextOffset(String key, long startOffset) {
        return asking("read " + key, () -> {
            String known = client.headObject(request -> request.bucket(bucket).key(key)).metadata().get(NEXT_OFFSET);
            if (known != null) {
                return Long.parseLong(known);
            }
            byte[] content = client.getObjectAsBytes(request -> request.bucket(bucket).key(key)).asByteArrayUnsafe();
            return JsonLine.end(content, startOffset);
        });
    }

    @Override
    public void close() {
        client.close();
    }

    private <T> T asking(String what, Supplier<T> call) {
        try {
            return call.get();
        } catch (S3Exception error) {
            int status = error.statusCode();
            boolean passes = status >= 500 || PASSING.contains(status) || error.isThrottlingException()
                    || error.isClockSkewException()
                    || REQUEST_TIMEOUT.equals(error.awsErrorDetails().errorCode());
            String message = "Cannot " + what + " in " + where + ": " + error.getMessage();
            if (passes) {
                throw new RetriableException(message, error);
            }
            throw new ConnectException(message + ". " + advice(status), error);
        } catch (SdkException | UncheckedIOException error) {
            // UncheckedIOException: the service disappeared between the head and the body of a request.
            throw new RetriableException("Cannot " + what + " in " + where + ": " + error.getMessage(), error);
        }
    }

    private static String advice(int status) {
        switch (status) {
            case 404:
                return "Create the bucket, or correct " + LandingSinkConfig.BUCKET + ", and restart the task.";
            case 401:
            case 403:
                return "Grant the worker s3:ListBucket on the bucket and s3:GetObject and s3:PutObject on its objects,"
                        + " and restart the task.";
            case 301:
            case 400:
                return "Correct " + LandingSinkConfig.REGION + " or " + LandingSinkConfig.STORE_URL
                        + ", and restart the task.";
            default:
                return "After fixing the cause, restart the task.";
        }
    }
}
