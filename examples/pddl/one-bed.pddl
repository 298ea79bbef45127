; One bed, the can in the shed.
(define (problem one-bed)
  (:domain garden)
  (:objects north-bed - bed well - tap hut - shed beans - seed)
  (:init
    (at hut) (lies can hut) (lies beans hut)
    (path hut well) (path well hut) (path well north-bed) (path north-bed well))
  (:goal (and (grows beans north-bed) (watered north-bed))))
