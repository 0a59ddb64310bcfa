import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs the official tools one after the other in one Java machine, so that not each of them costs its start.
 *
 * A line on standard input is one run: main class, its standard input and its arguments, in Base64 with a comma after each.
 * A line on standard output is its end: exit status, standard output and standard error in the same form. Exit status -1
 * means that it was not over within a minute.
 */
public final class Tools {
    /** What a run writes; the tools, Scala's console and the logger keep the stream of the first run for good. */
    static final class Captured extends OutputStream {
        private ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public synchronized void write(int each) {
            bytes.write(each);
        }

        @Override
        public synchronized void write(byte[] from, int at, int length) {
            bytes.write(from, at, length);
        }

        synchronized byte[] take() {
            byte[] taken = bytes.toByteArray();
            bytes = new ByteArrayOutputStream();
            return taken;
        }
    }

    private static final List<Runnable> atExit = Collections.synchronizedList(new ArrayList<>());
    private static volatile CompletableFuture<Integer> status;

    private Tools() {
    }

    /** As the end of the machine would: nothing behind it runs, no catch and no finally of the tool. */
    private static void exit(int code, String message) {
        if (message != null) System.err.println(message);
        status.complete(code);
        while (true) LockSupport.park();
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        BufferedReader runs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Captured out = new Captured();
        Captured err = new Captured();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        Exit.setExitProcedure(Tools::exit);
        Exit.setHaltProcedure(Tools::exit);
        Exit.setShutdownHookAdder((name, hook) -> atExit.add(hook));
        for (String line = runs.readLine(); line != null; line = runs.readLine()) {
            String[] parts = Stream.of(line.split(",", -1)).map(Tools::decoded).toArray(String[]::new);
            int code = run(parts[0], parts[1], Arrays.copyOfRange(parts, 2, parts.length - 1));
            System.out.flush();
            System.err.flush();
            answers.println(code + "," + encoded(out.take()) + "," + encoded(err.take()));
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    private static int run(String tool, String input, String[] arguments) throws Exception {
        CompletableFuture<Integer> ended = new CompletableFuture<>();
        status = ended;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        Thread thread = new Thread(() -> {
            try {
                Class.forName(tool).getMethod("main", String[].class).invoke(null, (Object) arguments);
                ended.complete(0);
            } catch (Throwable failure) {
                failure.printStackTrace();
                ended.complete(1);
            }
        });
        thread.setDaemon(true);
        thread.start();
        int code;
        try {
            code = ended.get(60, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            code = -1;
        }
        List<Runnable> hooks = List.copyOf(atExit);
        atExit.clear();
        Thread last = new Thread(() -> hooks.forEach(Runnable::run));
        last.setDaemon(true);
        last.start();
        last.join(20_000);
        return code;
    }

    private static String decoded(String part) {
        return new String(Base64.getDecoder().decode(part), StandardCharsets.UTF_8);
    }

    private static String encoded(byte[] part) {
        return Base64.getEncoder().encodeToString(part);
    }
}
