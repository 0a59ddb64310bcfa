import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;

/** What tutorials do with the Java clients, each as a check. Argument: bootstrap servers. */
public final class ClientWalk {
    static Admin admin;

    public static void main(String[] args) throws Exception {
        Clients.servers = args[0];
        admin = Admin.create(Clients.base());
        Check.run("synchronous sends return offsets in order", ClientWalk::synchronousSends);
        Check.run("asynchronous sends call back once each", ClientWalk::asynchronousSends);
        Check.run("a custom partitioner decides", ClientWalk::customPartitioner);
        Check.run("every codec is stored as sent and read back", ClientWalk::codecs);
        Check.run("acks 0 and 1 work without idempotence", ClientWalk::weakAcks);
        Check.run("a record that is too large is refused in Kafka's words", ClientWalk::tooLarge);
        Check.run("auto commit continues where it was", ClientWalk::autoCommit);
        Check.run("synchronous and asynchronous commits are kept", ClientWalk::commits);
        Check.run("seek, offsetsForTimes and manual assign", ClientWalk::positions);
        Check.run("auto.offset.reset none and latest", ClientWalk::resets);
        // Groups wait for sessions to end, each on its own.
        ExecutorService groups = Executors.newCachedThreadPool();
        for (String assignor : List.of("RangeAssignor", "RoundRobinAssignor", "StickyAssignor", "CooperativeStickyAssignor")) {
            groups.execute(() -> Check.run(
                "a group with " + assignor + " grows to three and shrinks by close and by silence", () -> group(assignor)));
        }
        groups.execute(() -> Check.run("a static member returns without a rebalance", ClientWalk::staticMember));
        groups.execute(() -> Check.run("a duplicate group.instance.id is fenced", ClientWalk::duplicateInstance));
        groups.shutdown();
        if (!groups.awaitTermination(2, TimeUnit.MINUTES)) System.out.println("FAIL groups: not over in two minutes");
        Check.run("admin: topics, partitions and configs", ClientWalk::adminTopics);
        Check.run("admin: cluster, quorum, features, log directories", ClientWalk::adminCluster);
        Check.run("admin: groups and offsets", ClientWalk::adminGroups);
        Check.run("admin: records, producers and leaders", ClientWalk::adminRecords);
        admin.close();
    }

    static void send(String topic, int from, int count) throws Exception {
        try (KafkaProducer<String, String> producer = Clients.producer()) {
            for (int i = from; i < from + count; i++) producer.send(new ProducerRecord<>(topic, "k" + i % 7, "v" + i));
        }
    }

    static void synchronousSends() throws Exception {
        Clients.createTopic(admin, "w-sync", 1);
        try (KafkaProducer<String, String> producer = Clients.producer()) {
            for (int i = 0; i < 10; i++) {
                RecordMetadata metadata = producer.send(new ProducerRecord<>("w-sync", "k", "v" + i)).get();
                Check.same((long) i, metadata.offset(), "offset");
                Check.same(0, metadata.partition(), "partition");
            }
        }
    }

    static void asynchronousSends() throws Exception {
        Clients.createTopic(admin, "w-async", 3);
        AtomicInteger calls = new AtomicInteger();
        try (KafkaProducer<String, String> producer = Clients.producer()) {
            for (int i = 0; i < 500; i++) {
                producer.send(new ProducerRecord<>("w-async", "k" + i, "v" + i), (metadata, error) -> {
                    if (error == null && metadata.offset() >= 0) calls.incrementAndGet();
                });
            }
            producer.flush();
        }
        Check.same(500, calls.get(), "callbacks");
    }

    public static final class LastPartition implements Partitioner {
        @Override
        public int partition(String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes, Cluster cluster) {
            return cluster.partitionCountForTopic(topic) - 1;
        }

        @Override
        public void close() {
        }

        @Override
        public void configure(Map<String, ?> configs) {
        }
    }

    static void customPartitioner() throws Exception {
        try (KafkaProducer<String, String> producer = Clients.producer("partitioner.class", LastPartition.class.getName())) {
            Check.same(2, producer.send(new ProducerRecord<>("w-async", "any", "v")).get().partition(), "partition");
        }
    }

    static void codecs() throws Exception {
        for (String codec : List.of("gzip", "snappy", "lz4", "zstd")) {
            String topic = "w-" + codec;
            Clients.createTopic(admin, topic, 1);
            String value = "the same words again and again ".repeat(40);
            try (KafkaProducer<String, String> producer = Clients.producer("compression.type", codec, "linger.ms", "50")) {
                for (int i = 0; i < 200; i++) producer.send(new ProducerRecord<>(topic, "k" + i, i + value));
            }
            try (KafkaConsumer<String, String> consumer = Clients.consumer(null)) {
                consumer.assign(List.of(new TopicPartition(topic, 0)));
                List<ConsumerRecord<String, String>> records = Clients.read(consumer, 200);
                Check.same(200, records.size(), codec);
                for (int i = 0; i < 200; i++) Check.same(i + value, records.get(i).value(), codec + " record " + i);
            }
        }
    }

    static void weakAcks() throws Exception {
        Clients.createTopic(admin, "w-acks", 1);
        for (String acks : List.of("0", "1")) {
            try (KafkaProducer<String, String> producer = Clients.producer("acks", acks)) {
                RecordMetadata metadata = producer.send(new ProducerRecord<>("w-acks", "k", acks)).get();
                Check.same(acks.equals("1"), metadata.hasOffset(), "has offset with acks=" + acks);
            }
        }
        try (KafkaConsumer<String, String> consumer = Clients.consumer(null)) {
            consumer.assign(List.of(new TopicPartition("w-acks", 0)));
            Check.same(2, Clients.read(consumer, 2).size(), "records");
        }
    }

    static void tooLarge() throws Exception {
        admin.createTopics(List.of(new NewTopic("w-small", 1, (short) 3).configs(Map.of("max.message.bytes", "1000")))).all().get();
        try (KafkaProducer<String, String> producer = Clients.producer()) {
            producer.send(new ProducerRecord<>("w-small", "k", "x".repeat(2000))).get();
            throw new AssertionError("was accepted");
        } catch (ExecutionException refused) {
            Check.that(refused.getCause() instanceof RecordTooLargeException, String.valueOf(refused.getCause()));
        }
    }

    static void autoCommit() throws Exception {
        Clients.createTopic(admin, "w-auto", 2);
        send("w-auto", 0, 100);
        try (KafkaConsumer<String, String> consumer = Clients.consumer("w-auto")) {
            consumer.subscribe(List.of("w-auto"));
            Check.same(100, Clients.read(consumer, 100).size(), "first read");
        }
        send("w-auto", 100, 50);
        try (KafkaConsumer<String, String> consumer = Clients.consumer("w-auto")) {
            consumer.subscribe(List.of("w-auto"));
            Check.same(50, Clients.read(consumer, 50).size(), "after the commit of close()");
            Check.same(0, consumer.poll(Duration.ofMillis(300)).count(), "nothing twice");
        }
    }

    static void commits() throws Exception {
        Clients.createTopic(admin, "w-commit", 1);
        send("w-commit", 0, 30);
        TopicPartition partition = new TopicPartition("w-commit", 0);
        try (KafkaConsumer<String, String> consumer = Clients.consumer("w-commit", "enable.auto.commit", "false")) {
            consumer.subscribe(List.of("w-commit"));
            Clients.read(consumer, 30);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(10, "ten")));
            Check.same("ten", consumer.committed(Set.of(partition)).get(partition).metadata(), "metadata");
            CountDownLatch done = new CountDownLatch(1);
            AtomicReference<Exception> failure = new AtomicReference<>();
            consumer.commitAsync(Map.of(partition, new OffsetAndMetadata(20)), (offsets, error) -> {
                failure.set(error);
                done.countDown();
            });
            Clients.until("the callback of commitAsync", 10, () -> {
                consumer.poll(Duration.ofMillis(50));
                return done.getCount() == 0;
            });
            Check.same(null, failure.get(), "commitAsync");
            Check.same(20L, consumer.committed(Set.of(partition)).get(partition).offset(), "committed");
        }
    }

    static void positions() throws Exception {
        Clients.createTopic(admin, "w-seek", 1);
        TopicPartition partition = new TopicPartition("w-seek", 0);
        long now = System.currentTimeMillis() - 100_000;
        try (KafkaProducer<String, String> producer = Clients.producer()) {
            for (int i = 0; i < 100; i++) producer.send(new ProducerRecord<>("w-seek", 0, now + i * 100L, "k", "v" + i));
        }
        try (KafkaConsumer<String, String> consumer = Clients.consumer(null)) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 42);
            Check.same("v42", Clients.read(consumer, 1).get(0).value(), "after seek");
            Check.same(50L, consumer.offsetsForTimes(Map.of(partition, now + 5000L)).get(partition).offset(), "exact time");
            Check.same(51L, consumer.offsetsForTimes(Map.of(partition, now + 5001L)).get(partition).offset(), "between");
            Check.same(null, consumer.offsetsForTimes(Map.of(partition, now + 900_000L)).get(partition), "after the end");
            Check.same(0L, consumer.beginningOffsets(List.of(partition)).get(partition), "beginning");
            Check.same(100L, consumer.endOffsets(List.of(partition)).get(partition), "end");
            consumer.seekToEnd(List.of(partition));
            Check.same(100L, consumer.position(partition), "position at the end");
            consumer.seekToBeginning(List.of(partition));
            Check.same("v0", Clients.read(consumer, 1).get(0).value(), "from the beginning");
        }
    }

    static void resets() throws Exception {
        TopicPartition partition = new TopicPartition("w-seek", 0);
        try (KafkaConsumer<String, String> consumer = Clients.consumer("w-none", "auto.offset.reset", "none")) {
            consumer.assign(List.of(partition));
            consumer.poll(Duration.ofSeconds(5));
            throw new AssertionError("read without a committed offset");
        } catch (NoOffsetForPartitionException expected) {
            Check.same(Set.of(partition), expected.partitions(), "partitions");
        }
        try (KafkaConsumer<String, String> consumer = Clients.consumer("w-latest", "auto.offset.reset", "latest")) {
            consumer.assign(List.of(partition));
            Check.same(100L, consumer.position(partition), "position");
        }
    }

    static int total(List<Member> members) {
        return members.stream().mapToInt(member -> member.owned.size()).sum();
    }

    static boolean disjoint(List<Member> members) {
        Set<TopicPartition> all = members.stream().flatMap(member -> member.owned.stream()).collect(Collectors.toSet());
        return all.size() == 6 && total(members) == 6;
    }

    static void group(String assignor) throws Exception {
        String name = "w-" + assignor;
        Clients.createTopic(admin, name, 6);
        send(name, 0, 60);
        String[] configs = {
            "partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor,
            "session.timeout.ms", "6000", "heartbeat.interval.ms", "500",
        };
        List<Member> members = new ArrayList<>();
        List<Member> all = new ArrayList<>();
        try {
            for (int size = 1; size <= 3; size++) {
                Member next = new Member(name, name, configs);
                members.add(next);
                all.add(next);
                int each = 6 / size;
                Clients.until(size + " members share the partitions", 20, () ->
                    disjoint(members) && members.stream().allMatch(member -> member.owned.size() == each));
            }
            if (assignor.startsWith("Cooperative")) {
                Check.same("revoked", members.get(0).heard.get(1).split(" ")[0], "what the first heard second");
                Check.that(!members.get(0).heard.get(1).contains("0, 1, 2, 3, 4, 5"), "cooperative revokes only what moves");
            } else {
                Check.same("revoked [0, 1, 2, 3, 4, 5]", members.get(0).heard.get(1), "eager revokes all");
            }
            members.remove(2).end(false);
            Clients.until("two share after a close", 20, () -> disjoint(members));
            long left = System.currentTimeMillis();
            members.remove(1).end(true);
            Clients.until("one owns all after the other's silence", 25, () -> disjoint(members));
            Check.same(60, all.stream().mapToInt(member -> member.records.size()).sum(), "records read by all, each once");
            Check.that(System.currentTimeMillis() - left > 4000, "the silent one was removed before its session was over");
        } finally {
            for (Member member : members) member.end(false);
        }
    }

    static void staticMember() throws Exception {
        Clients.createTopic(admin, "w-static", 4);
        String[] first = {"group.instance.id", "one", "session.timeout.ms", "10000", "heartbeat.interval.ms", "500"};
        String[] second = {"group.instance.id", "two", "session.timeout.ms", "10000", "heartbeat.interval.ms", "500"};
        Member one = new Member("w-static", "w-static", first);
        Member two = new Member("w-static", "w-static", second);
        try {
            Clients.until("both own two", 20, () -> one.owned.size() == 2 && two.owned.size() == 2);
            int heard = one.heard.size();
            Set<TopicPartition> before = two.owned;
            two.end(false);
            Member again = new Member("w-static", "w-static", second);
            try {
                Clients.until("the returned one owns the same", 20, () -> again.owned.equals(before));
                Check.same(heard, one.heard.size(), "what the other member heard meanwhile");
            } finally {
                again.end(false);
            }
        } finally {
            one.end(false);
        }
    }

    static void duplicateInstance() throws Exception {
        Clients.createTopic(admin, "w-fenced", 2);
        String[] configs = {"group.instance.id", "same", "session.timeout.ms", "10000", "heartbeat.interval.ms", "500"};
        Member old = new Member("w-fenced", "w-fenced", configs);
        Clients.until("the first owns all", 20, () -> old.owned.size() == 2);
        Member young = new Member("w-fenced", "w-fenced", configs);
        try {
            Clients.until("the second owns all", 20, () -> young.owned.size() == 2);
            Clients.until("the first is fenced", 20, () -> old.failure instanceof FencedInstanceIdException);
        } finally {
            young.end(false);
            old.end(false);
        }
    }

    static void adminTopics() throws Exception {
        String id = admin.createTopics(List.of(new NewTopic("w-admin", 2, (short) 3).configs(Map.of("retention.ms", "60000"))))
            .topicId("w-admin").get().toString();
        TopicDescription description = admin.describeTopics(List.of("w-admin")).allTopicNames().get().get("w-admin");
        Check.same(id, description.topicId().toString(), "topic id");
        Check.same(2, description.partitions().size(), "partitions");
        try {
            Clients.createTopic(admin, "w-admin", 1);
            throw new AssertionError("was made twice");
        } catch (ExecutionException refused) {
            Check.that(refused.getCause() instanceof TopicExistsException, String.valueOf(refused.getCause()));
        }
        admin.createPartitions(Map.of("w-admin", NewPartitions.increaseTo(5))).all().get();
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, "w-admin");
        Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        Check.same("60000", config.get("retention.ms").value(), "retention.ms");
        Check.same(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, config.get("retention.ms").source(), "its source");
        AlterConfigOp set = new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all().get();
        Clients.until("the config holds", 10, () -> {
            try {
                return "compact".equals(admin.describeConfigs(List.of(resource)).all().get().get(resource).get("cleanup.policy").value());
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        });
        Check.that(admin.listTopics().names().get().contains("w-admin"), "listed");
        admin.deleteTopics(List.of("w-admin")).all().get();
        Clients.until("the topic is gone", 10, () -> {
            try {
                return !admin.listTopics().names().get().contains("w-admin");
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        });
    }

    static void adminCluster() throws Exception {
        DescribeClusterResult cluster = admin.describeCluster();
        Check.same(3, cluster.nodes().get().size(), "nodes");
        Check.that(cluster.controller().get().id() > 0, "controller");
        QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get();
        Check.same(3, quorum.voters().size(), "voters");
        Check.that(quorum.leaderId() > 0, "leader");
        Check.same((short) 30, admin.describeFeatures().featureMetadata().get().finalizedFeatures().get("metadata.version").maxVersionLevel(), "metadata.version");
        Check.same(3, admin.describeLogDirs(List.of(1, 2, 3)).allDescriptions().get().size(), "log directories");
    }

    static void adminGroups() throws Exception {
        TopicPartition partition = new TopicPartition("w-seek", 0);
        admin.alterConsumerGroupOffsets("w-admin-group", Map.of(partition, new OffsetAndMetadata(33))).all().get();
        Check.same(33L, admin.listConsumerGroupOffsets("w-admin-group").partitionsToOffsetAndMetadata().get().get(partition).offset(), "offset");
        Check.that(admin.listGroups().all().get().stream().anyMatch(group -> group.groupId().equals("w-admin-group")), "listed");
        ConsumerGroupDescription description = admin.describeConsumerGroups(List.of("w-admin-group")).all().get().get("w-admin-group");
        Check.same(GroupState.EMPTY, description.groupState(), "state");
        admin.deleteConsumerGroupOffsets("w-admin-group", Set.of(partition)).all().get();
        admin.alterConsumerGroupOffsets("w-admin-group", Map.of(partition, new OffsetAndMetadata(1))).all().get();
        admin.deleteConsumerGroups(List.of("w-admin-group")).all().get();
    }

    static void adminRecords() throws Exception {
        TopicPartition partition = new TopicPartition("w-seek", 0);
        Check.same(10L, admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(10))).lowWatermarks().get(partition).get().lowWatermark(), "low watermark");
        Check.same(10L, admin.listOffsets(Map.of(partition, OffsetSpec.earliest())).partitionResult(partition).get().offset(), "earliest");
        Check.same(99L, admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).partitionResult(partition).get().offset(), "max timestamp");
        Check.same(1, admin.describeProducers(List.of(partition)).all().get().get(partition).activeProducers().size(), "producers");
        Map<TopicPartition, Optional<Throwable>> elected = admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions().get();
        Check.that(elected.get(partition).map(error -> error instanceof ElectionNotNeededException).orElse(true), String.valueOf(elected));
    }
}
