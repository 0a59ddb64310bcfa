import java.io.*;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.serialization.*;

/**
 * Group members on command, for a test that puts other members beside them: a line in, a line out, words apart by tabs.
 *
 *     start NAME TOPIC GROUP [CONFIG VALUE]...   ok
 *     tell NAME                                  partitions, what its listener heard, what ended it
 *     end NAME closed|silent                     ok
 *     refusal [CONFIG VALUE]...                  why a consumer with these configs cannot be made
 */
public final class ConsumerPeers {
    private static final Map<String, Member> members = new HashMap<>();

    private ConsumerPeers() {
    }

    public static void main(String[] args) throws Exception {
        Clients.servers = args[0];
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println(answer(line.split("\t", -1)));
            System.out.flush();
        }
        System.exit(0);
    }

    private static String answer(String[] words) throws Exception {
        switch (words[0]) {
            case "start":
                members.put(words[1], new Member(words[2], words[3], Arrays.copyOfRange(words, 4, words.length)));
                return "ok";
            case "tell":
                Member member = members.get(words[1]);
                Exception failure = member.failure;
                List<Integer> owned = member.owned.stream().map(each -> each.partition()).sorted().toList();
                return owned + "\t" + String.join(";", member.heard) + "\t" + (failure == null ? "" : nameOf(failure));
            case "end":
                members.get(words[1]).end(words[2].equals("silent"));
                return "ok";
            case "refusal":
                return refusal(words);
            default:
                throw new IllegalArgumentException(words[0]);
        }
    }

    private static String refusal(String[] words) {
        Properties properties = Clients.base();
        properties.put("group.id", "refused");
        for (int i = 1; i < words.length; i += 2) properties.put(words[i], words[i + 1]);
        try (var made = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            return "accepted";
        } catch (Exception refused) {
            Throwable cause = refused;
            while (cause.getMessage().equals("Failed to construct kafka consumer")) cause = cause.getCause();
            return nameOf(cause) + ": " + cause.getMessage();
        }
    }

    private static String nameOf(Throwable error) {
        return error.getClass().getSimpleName();
    }
}
