package pinterestplatform.connect.landing;

import static org.apache.kafka.common.config.ConfigDef.NO_DEFAULT_VALUE;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Type;

/** Settings of the sink. Names and meanings are those of Confluent's S3 sink, so that one file fits both. */
final class LandingSinkConfig extends AbstractConfig {
    static final String BUCKET = "s3.bucket.name";
    static final String REGION = "s3.region";
    static final String STORE_URL = "store.url";
    static final String TOPICS_DIR = "topics.dir";
    static final String FLUSH_SIZE = "flush.size";
    static final String MAX_AGE = "rotate.schedule.interval.ms";
    static final String PAD_WIDTH = "filename.offset.zero.pad.width";
    static final String RETRY_BACKOFF = "retry.backoff.ms";

    static final ConfigDef DEFINITION = new ConfigDef()
            .define(BUCKET, Type.STRING, NO_DEFAULT_VALUE, new NonEmptyString(), Importance.HIGH,
                    "Bucket of the landing zone; it must exist.")
            .define(REGION, Type.STRING, NO_DEFAULT_VALUE, new NonEmptyString(), Importance.HIGH,
                    "AWS region of the bucket.")
            .define(STORE_URL, Type.STRING, "", Importance.LOW,
                    "URL of an S3 service other than AWS's, addressed with the bucket in the path.")
            .define(TOPICS_DIR, Type.STRING, "topics", new NonEmptyString(), Importance.MEDIUM,
                    "Prefix of keys, before /<topic>/partition=<n>/.")
            .define(FLUSH_SIZE, Type.INT, NO_DEFAULT_VALUE, atLeast(1), Importance.HIGH,
                    "Maximum number of records in an object.")
            .define(MAX_AGE, Type.LONG, 60_000L, atLeast(1), Importance.HIGH,
                    "Maximum time in milliseconds that a record waits for its object to fill.")
            .define(PAD_WIDTH, Type.INT, 10, between(1, 20), Importance.LOW,
                    "Digits of the start offset in an object's name. Do not change the width of a landing zone:"
                            + " with another width, the sink does not find the existing objects.")
            .define(RETRY_BACKOFF, Type.LONG, 1_000L, atLeast(1), Importance.LOW,
                    "Milliseconds before a retry, after S3 was unreachable or asked to slow down.");

    LandingSinkConfig(Map<String, String> properties) {
        super(DEFINITION, properties);
    }
}
