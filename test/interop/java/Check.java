/** A named check: prints `ok NAME` or `FAIL NAME: why`, one line each, for the test that started this program. */
final class Check {
    interface Body {
        void run() throws Exception;
    }

    private Check() {
    }

    static void run(String name, Body body) {
        try {
            body.run();
            System.out.println("ok " + name);
        } catch (Throwable failure) {
            StackTraceElement at = failure.getStackTrace().length > 0 ? failure.getStackTrace()[0] : null;
            for (StackTraceElement each : failure.getStackTrace()) {
                if (!each.getClassName().startsWith("org.apache") && !each.getClassName().startsWith("java.")) {
                    at = each;
                    break;
                }
            }
            System.out.println("FAIL " + name + ": " + String.valueOf(failure).replace('\n', ' ') + " at " + at);
        }
    }

    static void that(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    static void same(Object expected, Object actual, String what) {
        if (!java.util.Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", got " + actual);
        }
    }
}
