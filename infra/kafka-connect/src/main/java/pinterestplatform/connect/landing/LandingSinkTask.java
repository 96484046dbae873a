package pinterestplatform.connect.landing;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes the calls of Kafka Connect to one {@link PartitionWriter} for each partition. */
public final class LandingSinkTask extends SinkTask {
    private static final Logger LOG = LoggerFactory.getLogger(LandingSinkTask.class);

    private final Map<TopicPartition, PartitionWriter> writers = new HashMap<>();
    private LandingSinkConfig config;
    private ObjectStore store;

    @Override
    public String version() {
        return LandingSinkConnector.pluginVersion();
    }

    @Override
    public void start(Map<String, String> properties) {
        config = new LandingSinkConfig(properties);
        store = new S3ObjectStore(
                config.getString(LandingSinkConfig.BUCKET),
                config.getString(LandingSinkConfig.REGION),
                config.getString(LandingSinkConfig.STORE_URL));
        try {
            store.check();
        } catch (RetriableException error) {
            LOG.warn("Starting anyway: {}", error.getMessage());
        }
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        for (TopicPartition at : partitions) {
            PartitionFolder folder = new PartitionFolder(
                    store, config.getString(LandingSinkConfig.TOPICS_DIR), at, config.getInt(LandingSinkConfig.PAD_WIDTH));
            writers.put(at, new PartitionWriter(
                    folder,
                    config.getInt(LandingSinkConfig.FLUSH_SIZE),
                    config.getLong(LandingSinkConfig.MAX_AGE),
                    () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime())));
        }
    }

    /** Drops open objects: the next task of these partitions reads from the committed offsets. */
    @Override
    public void close(Collection<TopicPartition> partitions) {
        writers.keySet().removeAll(partitions);
    }

    /** Also called without records, so that an old object is written even if no records arrive. */
    @Override
    public void put(Collection<SinkRecord> records) {
        try {
            writers.values().forEach(PartitionWriter::flushIfDue);
            records.forEach(this::land);
        } catch (RetriableException error) {
            LOG.warn("Trying again: {}", error.getMessage());
            context.timeout(config.getLong(LandingSinkConfig.RETRY_BACKOFF));
            throw error;
        }
        writers.values().stream().mapToLong(PartitionWriter::patience).min().ifPresent(context::timeout);
    }

    /** Connect refuses offsets beyond the records that it delivered, even if later records have already landed. */
    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> read) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        writers.forEach((at, writer) -> {
            long offset = writer.committable();
            if (offset > 0 && read.containsKey(at)) {
                offsets.put(at, new OffsetAndMetadata(Math.min(offset, read.get(at).offset())));
            }
        });
        return offsets;
    }

    @Override
    public void stop() {
        if (store != null) {
            store.close();
        }
    }

    private void land(SinkRecord record) {
        PartitionWriter writer = writers.get(new TopicPartition(record.topic(), record.kafkaPartition()));
        long offset = record.kafkaOffset();
        if (!writer.isNew(offset)) {
            return;
        }
        try {
            writer.add(offset, JsonLine.of(record));
        } catch (DataException error) {
            giveUp(record, error);
            writer.leaveOut(offset);
        }
        writer.flushIfDue();
    }

    /** Sends a record to the dead-letter topic and waits: a later object implies that all records before it are done. */
    private void giveUp(SinkRecord record, DataException reason) {
        String what = record.topic() + " partition " + record.kafkaPartition() + " offset " + record.kafkaOffset();
        ErrantRecordReporter deadLetters = context.errantRecordReporter();
        if (deadLetters == null) {
            throw new ConnectException(what + ": " + reason.getMessage() + ". Set errors.tolerance=all and"
                    + " errors.deadletterqueue.topic.name to continue without such records.", reason);
        }
        try {
            deadLetters.report(record, new DataException(what + ": " + reason.getMessage(), reason)).get();
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new RetriableException(what + ": stopped while writing to the dead-letter topic", error);
        } catch (ExecutionException error) {
            throw new ConnectException(what + ": cannot write to the dead-letter topic", error.getCause());
        }
    }
}
