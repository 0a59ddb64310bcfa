import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/** A group member on a thread of its own: polls until it is told to go, and remembers what its listener heard. */
final class Member implements ConsumerRebalanceListener {
    final KafkaConsumer<String, String> consumer;
    final List<String> heard = new CopyOnWriteArrayList<>();
    final Queue<ConsumerRecord<String, String>> records = new ConcurrentLinkedQueue<>();
    volatile Set<TopicPartition> owned = Set.of();
    volatile Exception failure;
    volatile boolean silent;
    private final Thread thread;

    Member(String topic, String group, String... more) {
        consumer = Clients.consumer(group, more);
        consumer.subscribe(List.of(topic), this);
        thread = new Thread(this::poll);
        thread.start();
    }

    private void poll() {
        try {
            while (true) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                owned = Set.copyOf(consumer.assignment());
            }
        } catch (WakeupException asked) {
            // The way a poll loop is ended.
        } catch (Exception other) {
            failure = other;
        } finally {
            CloseOptions.GroupMembershipOperation how = silent
                ? CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP
                : CloseOptions.GroupMembershipOperation.DEFAULT;
            consumer.close(CloseOptions.groupMembershipOperation(how));
            owned = Set.of();
        }
    }

    /** Ends by wakeup(); a silent one sends no LeaveGroup, so that only its session's end tells the group. */
    void end(boolean silently) throws InterruptedException {
        silent = silently;
        consumer.wakeup();
        thread.join(20_000);
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        heard.add("assigned " + numbers(partitions));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        heard.add("revoked " + numbers(partitions));
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        heard.add("lost " + numbers(partitions));
    }

    static List<Integer> numbers(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::partition).sorted().toList();
    }
}
