import Storage
import Testing

/// `doctor` forecasts what `Scripts/write-load` measures.
@Suite struct WriteForecastTests {
  @Test func aReadingASecondIsWhatWasMeasured() {
    // write-load --day: 39.1 MB; 9 minutes in real time: 45.5 MB, and 163.8, 16.4 and 2.6 MB by ext4 with commit=5, 60, 600.
    let forecast = WriteForecast(
      messagesPerDay: 86_460, commitInterval: 10_000, sealedBytesPerDay: 33_000, logSeconds: 5)
    #expect(forecast.commitCount == 8640)
    #expect((44_000_000...46_500_000).contains(forecast.storeByteCount), "\(forecast)")
    let atOnce = forecast.storeByteCount - forecast.writeBackByteCount
    #expect((38_700_000...39_500_000).contains(atOnce), "\(forecast)")
    for (seconds, measured) in [(5, 163.8), (60, 16.4), (600, 2.6)] as [(Int64, Double)] {
      let log = WriteForecast(
        messagesPerDay: 86_460, commitInterval: 10_000, sealedBytesPerDay: 33_000, logSeconds: seconds
      ).fileSystemByteCount
      #expect(abs(Double(log) / 1e6 - measured) < 1.5, "commit=\(seconds): \(log)")
    }
  }

  @Test func fewerCommitsAndMessagesWriteLess() {
    func forecast(_ messages: Int64, _ interval: Int64, _ log: Int64?) -> WriteForecast {
      WriteForecast(messagesPerDay: messages, commitInterval: interval, sealedBytesPerDay: 0, logSeconds: log)
    }
    #expect(forecast(86_400, 60_000, 5).storeByteCount < forecast(86_400, 10_000, 5).storeByteCount / 2)
    #expect(forecast(86_400, 10_000, 600).fileSystemByteCount < 2_000_000)
    #expect(forecast(86_400, 10_000, nil).fileSystemByteCount == 0)
    // Three plugs at 300 s: each message is a commit of its own.
    let few = forecast(864, 10_000, 5)
    #expect(few.commitCount == 864 && few.storeByteCount < 4_000_000)
    #expect(forecast(0, 10_000, 5) == forecast(-5, 0, -1))
    #expect(forecast(.max, .min, .max).storeByteCount > 0)
  }
}
