import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.*;

/**
 * Sends numbered records with the defaults (acks=all, idempotent) until its standard input ends, then prints how many were
 * acknowledged and which failed. Arguments: bootstrap servers, topic, and how many to send each millisecond or so (1).
 */
public final class AckedProducer {
    public static void main(String[] args) throws Exception {
        Clients.servers = args[0];
        String topic = args[1];
        int each = args.length > 2 ? Integer.parseInt(args[2]) : 1;
        AtomicLong acked = new AtomicLong();
        StringBuffer failed = new StringBuffer();
        StringBuffer numbers = new StringBuffer();
        Thread input = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {
                    Thread.onSpinWait();
                }
            } catch (java.io.IOException ended) {
                // The end is what was waited for.
            }
        });
        input.start();
        try (KafkaProducer<String, String> producer = Clients.producer()) {
            System.out.println("started");
            for (long i = 0; input.isAlive(); i++) {
                String value = Long.toString(i);
                producer.send(new ProducerRecord<>(topic, "key-" + i % 11, value), (metadata, error) -> {
                    if (error == null) {
                        acked.incrementAndGet();
                        numbers.append(value).append(' ');
                    } else {
                        failed.append(value).append(':').append(error.getClass().getSimpleName()).append(' ');
                    }
                });
                if (i % each == 0) Thread.sleep(1);
            }
        }
        System.out.println("acked " + acked.get());
        System.out.println("failed " + failed);
        System.out.println("numbers " + numbers);
    }
}
