import java.io.*;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;

/**
 * Consumers step by step on command, all in one thread as an application has them, so that what one does between two polls is
 * the test's to say: a line in, a line out, words apart by tabs.
 *
 *     make NAME TOPIC GROUP none|commit [CONFIG VALUE]...   ok; `commit`: commitSync() within onPartitionsRevoked
 *     poll NAME MS                                          records it got, or what it threw
 *     assigned NAME MS                                      ok once it has partitions
 *     commit|wakeup|close NAME                              ok, or what it threw
 *     position NAME                                         of partition 0
 *     heard NAME                                            what its listener heard
 *     idle MS                                               ok, without any call of a consumer meanwhile
 */
public final class ConsumerSteps {
    private record Made(KafkaConsumer<String, String> consumer, List<String> heard) {
    }

    private static final Map<String, Made> made = new HashMap<>();

    private ConsumerSteps() {
    }

    public static void main(String[] args) throws Exception {
        Clients.servers = args[0];
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String answer;
            try {
                answer = answer(line.split("\t", -1));
            } catch (Exception thrown) {
                answer = thrown.getClass().getSimpleName() + ": " + thrown.getMessage();
            }
            System.out.println(answer.replace('\n', ' '));
            System.out.flush();
        }
        System.exit(0);
    }

    private static String answer(String[] words) throws Exception {
        Made it = words.length > 1 ? made.get(words[1]) : null;
        switch (words[0]) {
            case "make":
                make(words);
                return "ok";
            case "poll":
                return String.valueOf(it.consumer.poll(Duration.ofMillis(Long.parseLong(words[2]))).count());
            case "assigned":
                return assigned(it, Long.parseLong(words[2]));
            case "commit":
                it.consumer.commitSync();
                return "ok";
            case "wakeup":
                it.consumer.wakeup();
                return "ok";
            case "close":
                it.consumer.close();
                return "ok";
            case "position":
                return String.valueOf(it.consumer.position(it.consumer.assignment().iterator().next()));
            case "heard":
                return String.join(", ", it.heard);
            case "idle":
                Thread.sleep(Long.parseLong(words[1]));
                return "ok";
            default:
                throw new IllegalArgumentException(words[0]);
        }
    }

    private static void make(String[] words) {
        var consumer = Clients.consumer(words[3], Arrays.copyOfRange(words, 5, words.length));
        List<String> heard = new ArrayList<>();
        boolean commits = words[4].equals("commit");
        consumer.subscribe(List.of(words[2]), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                heard.add("assigned " + Member.numbers(partitions));
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                heard.add("revoked " + Member.numbers(partitions));
                if (commits) consumer.commitSync();
            }

            @Override
            public void onPartitionsLost(Collection<TopicPartition> partitions) {
                heard.add("lost " + Member.numbers(partitions));
            }
        });
        made.put(words[1], new Made(consumer, heard));
    }

    private static String assigned(Made it, long limitMs) {
        long end = System.currentTimeMillis() + limitMs;
        while (it.consumer.assignment().isEmpty() && System.currentTimeMillis() < end) {
            it.consumer.poll(Duration.ZERO);
        }
        return it.consumer.assignment().isEmpty() ? "nothing" : "ok";
    }
}
