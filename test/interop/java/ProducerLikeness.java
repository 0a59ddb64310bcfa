import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What the official producer does, to be held beside the lab's own. Arguments: bootstrap servers and a topic. Each line
 * of the input asks, each line of the output answers, fields between tabs:
 *
 *     create   partitions                          created; the topic of the arguments
 *     defaults                                     name=value ...
 *     configs  name=value ...                      accepted, or class: message
 *     keys     base64 ...                          the partition of each record that was sent
 *     send     topic partition valueBytes name=value ...   class: message, or sent
 *     robin    count                               the partition of each of so many records with one key, by RoundRobinPartitioner
 *     batch    partition count name=value ...      sent; records `order-N;` thirty times each, flushed together
 *     pair     name=value ...                      what became of `a` and `b`, sent to topic t one right after the other
 */
public final class ProducerLikeness {
    private static String bootstrapServers;
    private static String topic;

    public static void main(String[] args) throws Exception {
        bootstrapServers = args[0];
        topic = args[1];
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            List<String> fields = Arrays.asList(line.split("\t", -1));
            List<String> rest = fields.subList(1, fields.size());
            System.out.println(switch (fields.get(0)) {
                case "create" -> create(Integer.parseInt(rest.get(0)));
                case "defaults" -> defaults();
                case "configs" -> configs(rest);
                case "keys" -> keys(rest);
                case "robin" -> robin(Integer.parseInt(rest.get(0)));
                case "batch" -> batch(rest);
                case "pair" -> pair(rest);
                default -> send(rest);
            });
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static Map<String, Object> given(List<String> pairs) {
        Map<String, Object> given = new HashMap<>();
        given.put("bootstrap.servers", bootstrapServers);
        for (String pair : pairs) {
            int at = pair.indexOf('=');
            given.put(pair.substring(0, at), pair.substring(at + 1));
        }
        return given;
    }

    private static KafkaProducer<byte[], byte[]> producer(List<String> pairs) {
        return new KafkaProducer<>(given(pairs), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static String create(int partitions) throws Exception {
        try (Admin admin = Admin.create(given(List.of()))) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 3))).all().get();
        }
        return "created";
    }

    private static String defaults() {
        Map<String, Object> given = given(List.of("client.id=same"));
        given.put("key.serializer", ByteArraySerializer.class);
        given.put("value.serializer", ByteArraySerializer.class);
        StringBuilder told = new StringBuilder();
        ProducerConfig config = new ProducerConfig(given);
        new TreeMap<>(config.values()).forEach((name, value) -> {
            String text = value instanceof Class<?> type ? type.getName() : String.valueOf(value);
            told.append(told.isEmpty() ? "" : "\t").append(name).append('=').append(text);
        });
        return told.toString();
    }

    private static String configs(List<String> pairs) {
        try (KafkaProducer<byte[], byte[]> producer = producer(pairs)) {
            return "accepted";
        } catch (RuntimeException refusal) {
            Throwable why = refusal.getCause() instanceof ConfigException ? refusal.getCause() : refusal;
            return named(why);
        }
    }

    private static String keys(List<String> keys) throws Exception {
        StringBuilder partitions = new StringBuilder();
        try (KafkaProducer<byte[], byte[]> producer = producer(List.of())) {
            for (var sent : keys.stream()
                .map(key -> producer.send(new ProducerRecord<>(topic, Base64.getDecoder().decode(key), new byte[1])))
                .toList()) {
                RecordMetadata metadata = sent.get();
                partitions.append(partitions.isEmpty() ? "" : "\t").append(metadata.partition());
            }
        }
        return partitions.toString();
    }

    private static String robin(int count) throws Exception {
        StringBuilder partitions = new StringBuilder();
        String config = "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner";
        try (KafkaProducer<byte[], byte[]> producer = producer(List.of(config))) {
            for (int i = 0; i < count; i++) {
                RecordMetadata metadata = producer.send(new ProducerRecord<>(topic, new byte[] {1}, new byte[1])).get();
                partitions.append(partitions.isEmpty() ? "" : "\t").append(metadata.partition());
            }
        }
        return partitions.toString();
    }

    private static String batch(List<String> fields) throws Exception {
        int partition = Integer.parseInt(fields.get(0));
        int count = Integer.parseInt(fields.get(1));
        try (KafkaProducer<byte[], byte[]> producer = producer(fields.subList(2, fields.size()))) {
            for (int i = 0; i < count; i++) {
                byte[] value = ("order-" + i + ";").repeat(30).getBytes(StandardCharsets.UTF_8);
                producer.send(new ProducerRecord<>(topic, partition, null, value));
            }
            producer.flush();
        }
        return "sent";
    }

    private static String pair(List<String> pairs) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(pairs)) {
            var a = producer.send(new ProducerRecord<>("t", 0, null, "a".getBytes(StandardCharsets.UTF_8)));
            // Batches of their own: the first one is on its way.
            Thread.sleep(100);
            var b = producer.send(new ProducerRecord<>("t", 0, null, "b".getBytes(StandardCharsets.UTF_8)));
            return outcome(a) + "\t" + outcome(b);
        }
    }

    private static String outcome(java.util.concurrent.Future<RecordMetadata> sent) throws InterruptedException {
        try {
            return String.valueOf(sent.get().offset());
        } catch (ExecutionException failure) {
            return named(failure.getCause());
        }
    }

    private static String send(List<String> fields) throws InterruptedException {
        Integer partition = fields.get(1).isEmpty() ? null : Integer.valueOf(fields.get(1));
        byte[] value = new byte[Integer.parseInt(fields.get(2))];
        try (KafkaProducer<byte[], byte[]> producer = producer(fields.subList(3, fields.size()))) {
            producer.send(new ProducerRecord<>(fields.get(0), partition, null, value)).get();
            return "sent";
        } catch (ExecutionException failure) {
            return named(failure.getCause());
        } catch (RuntimeException refusal) {
            return named(refusal);
        }
    }

    private static String named(Throwable error) {
        return error.getClass().getSimpleName() + ": " + error.getMessage();
    }
}
