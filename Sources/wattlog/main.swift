import Glibc

StandardDescriptors.open()
exit(Program.run(CommandLine.arguments))
