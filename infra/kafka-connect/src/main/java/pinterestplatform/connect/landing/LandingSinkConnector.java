package pinterestplatform.connect.landing;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** The class that Kafka Connect loads by name. {@link LandingSinkTask} does the work. */
public final class LandingSinkConnector extends SinkConnector {
    private Map<String, String> settings = Map.of();

    /** Version of the plugin's jar. */
    static String pluginVersion() {
        return Objects.requireNonNullElse(
                LandingSinkConnector.class.getPackage().getImplementationVersion(), "undefined");
    }

    @Override
    public String version() {
        return pluginVersion();
    }

    @Override
    public ConfigDef config() {
        return LandingSinkConfig.DEFINITION;
    }

    @Override
    public void start(Map<String, String> properties) {
        settings = Map.copyOf(properties);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return LandingSinkTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return Collections.nCopies(maxTasks, settings);
    }

    @Override
    public void stop() {}
}
